#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# In the guest: runs tests of the build folder @BUILD@, where they take minutes
# although it is emulated.
export REQUIRE_PRIVILEGED=1 HOME=/root
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

record='HoldsACommandFromExecToExit|AccountsForEveryRecordBeyondItsCapacity'
record="$record|LeanLeavesOutDurationsButNoCalls|TellsTheNewNameOfATask"
record="$record|ShowsAProgramThatOnlyUsesIoUring|TellsCallsThatHadNotReturned"
record="$record|KeepsTenContainersApart|TakesTheCgroupsMadeInsideASelectedOne"
record="$record|TellsHowATaskEndedThatNeverReturned"
record="$record|TellsTheModulesThatAreLoadedAndRemoved"
record="$record|TellsRequestsToIoUringThatAreStillOpenAtTheEnd"
export VESTIGE_MODULE=@MODULE@
scenario='dropped_script|network_variety|setuid_shell'

cd @BUILD@ && ctest --output-on-failure -R "^(capture\\.Record\\.($record)|\
capture\\.exec|e2e\\.runtime\\.runc|e2e\\.scenario\\.($scenario))\$"
