// SPDX-License-Identifier: Apache-2.0
#include "capture/wanted.h"

#include <gmock/gmock.h>

namespace vestige {
namespace {

ContainerInfo web() {
  return {.id = "4f2ac0ffee",
          .name = "web-1",
          .image = "registry.example/nginx:1.25",
          .runtime = "docker",
          .labels = {{"app", "web"},
                     {"io.kubernetes.pod.name", "shop-7"},
                     {"io.kubernetes.pod.namespace", "prod"}},
          .cgroup_path = "/docker/4f2ac0ffee"};
}

TEST(Wanted, NothingIsWantedUnlessAskedFor) {
  EXPECT_FALSE(Wanted().matches(web()));
  EXPECT_TRUE(Wanted{.all = true}.matches(web()));
}

TEST(Wanted, NamesAreWholeAndIdsMayBeCutOff) {
  EXPECT_TRUE(Wanted{.names = {"web-1"}}.matches(web()));
  EXPECT_TRUE(Wanted{.names = {"4f2a"}}.matches(web()));
  EXPECT_FALSE(Wanted{.names = {"web"}}.matches(web()));
  EXPECT_FALSE(Wanted{.names = {""}}.matches(web()));
}

TEST(Wanted, KindsAreAndValuesAreOr) {
  EXPECT_TRUE(Wanted{.images = {"*/nginx:*"}}.matches(web()));
  EXPECT_TRUE((Wanted{.images = {"redis*", "*nginx*"}}).matches(web()));
  EXPECT_TRUE(
      (Wanted{.labels = {"app=w*"}, .pods = {"shop-?"}}).matches(web()));
  EXPECT_FALSE(
      (Wanted{.labels = {"app=db"}, .pods = {"shop-7"}}).matches(web()));
  EXPECT_TRUE(Wanted{.labels = {"app"}}.matches(web()));
  EXPECT_FALSE(Wanted{.labels = {"tier"}}.matches(web()));
  EXPECT_TRUE(Wanted{.namespaces = {"prod"}}.matches(web()));
}

TEST(Wanted, KubernetesNamesComeFromAnnotationsToo) {
  ContainerInfo other = web();
  other.labels = {{"io.kubernetes.cri.sandbox-name", "shop-8"},
                  {"io.kubernetes.cri.sandbox-namespace", "test"}};
  EXPECT_EQ(pod_of(other), "shop-8");
  EXPECT_EQ(namespace_of(other), "test");
}

TEST(Wanted, WhatIsExcludedIsNeverWanted) {
  for (const char* term :
       {"web-*", "name=web-1", "id=4f2a*", "image=*nginx*", "label=app=web",
        "label=app", "pod=shop-7", "namespace=prod", "cgroup=/docker/*",
        "runtime=docker"})
    EXPECT_FALSE((Wanted{.all = true, .excluded = {term}}).matches(web()))
        << term;
  EXPECT_TRUE((Wanted{.all = true, .excluded = {"web"}}).matches(web()));
  EXPECT_FALSE(
      (Wanted{.names = {"web-1"}, .excluded = {"pod=*"}}).matches(web()));
}

TEST(Wanted, AMisspelledExclusionIsAnError) {
  EXPECT_FALSE(Wanted{.excluded = {"lable=x"}}.check());
  EXPECT_TRUE((Wanted{.excluded = {"label=x=y", "x"}}).check());
}

}  // namespace
}  // namespace vestige
