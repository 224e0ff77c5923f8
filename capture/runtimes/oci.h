// SPDX-License-Identifier: Apache-2.0
//
// The part that all runtimes have in common: config.json of an OCI bundle.
#pragma once

#include "capture/runtimes/json.h"
#include "format/header.h"

namespace vestige {

// Capabilities, mounts of the host, and whether it is confined at all: one
// that may administrate the system and has no path masked is privileged.
// Leaves alone what the configuration does not tell.
void read_confinement(const Json& oci_config, ContainerInfo& info);

}  // namespace vestige
