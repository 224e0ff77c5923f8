// SPDX-License-Identifier: Apache-2.0
#include "capture/anchor_url.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace vestige {
namespace {

constexpr long kTimeoutMs = 5000;  // of one request

struct Client {
  CURL* curl = curl_easy_init();
  curl_slist* headers =
      curl_slist_append(nullptr, "Content-Type: text/plain; charset=us-ascii");

  Client() = default;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    curl_slist_free_all(headers);
    curl_easy_cleanup(curl);
  }
};

// What the server says is of no interest, however long.
size_t pass_over(char*, size_t size, size_t count, void*) {
  return size * count;
}

int is_to_end(void* is_late, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(is_late)->load() ? 1 : 0;
}

Error problem(std::string text) {
  return {ErrorKind::kSystem, std::move(text)};
}

Result<void> post(CURL* curl, const std::string& text,
                  const std::atomic<bool>& is_late) {
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, text.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, long(text.size()));
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &is_late);
  if (const CURLcode code = curl_easy_perform(curl); code != CURLE_OK)
    return problem(curl_easy_strerror(code));
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status / 100 != 2)
    return problem(fmt::format("the server said {}", status));
  return {};
}

}  // namespace

AnchorSender::Deliver post_to(const std::string& url) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  const auto client = std::make_shared<Client>();
  if (CURL* curl = client->curl) {
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, client->headers);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, kTimeoutMs);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, pass_over);
    curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, is_to_end);
  }
  return [client](const std::string& line,
                  const std::atomic<bool>& is_late) -> Result<void> {
    if (ready != CURLE_OK || !client->curl)
      return problem("there is no memory for libcurl");
    return post(client->curl, line + "\n", is_late);
  };
}

}  // namespace vestige
