#include "exporters/redis/settings.h"

#include <doctest/doctest.h>

#include "agent/config/node.h"
#include "exporters/redis/label_text.h"

namespace bekci::exporters::redis::settings_test {
namespace {

base::Result<Settings> Make(const std::string& yaml) {
  config::Errors errors;
  const auto node = config::ParseYaml(yaml, "bekci.yml");
  REQUIRE(node.ok());
  const config::Values values = config::Check(*node, SettingsOptions(), &errors);
  REQUIRE_MESSAGE(errors.empty(), errors.ToStatus().message());
  return MakeSettings(values);
}

}  // namespace

TEST_CASE("addresses in every way people write them") {
  CHECK(Make("{}")->address.ToString() == "127.0.0.1:6379");
  CHECK(Make("{address: \"redis://cache\"}")->address.ToString() == "cache:6379");
  CHECK(Make("{address: \"redis://cache:6380/\"}")->address.ToString() == "cache:6380");
  CHECK(Make("{address: \"[::1]:26379\"}")->address.ToString() == "[::1]:26379");
  CHECK(Make("{address: \"unix:///run/redis/redis.sock\"}")->address.ToString() == "unix:/run/redis/redis.sock");
  CHECK(Make("{address: /run/redis/redis.sock}")->address.ToString() == "unix:/run/redis/redis.sock");
  CHECK_FALSE(Make("{address: \"redis://cache\"}")->tls);
  CHECK(Make("{address: \"rediss://cache\"}")->tls);
  CHECK(Make("{address: cache, tls: {enabled: true}}")->tls);
}

TEST_CASE("a password in the address is refused with the place where it belongs, and is not repeated") {
  const auto made = Make("{address: \"redis://user:s3cret@cache\"}");
  CHECK(made.status().code() == base::Code::kInvalid);
  CHECK(made.status().message().find("password_file") != std::string::npos);
  CHECK(made.status().message().find("bekci.yml:1") != std::string::npos);
  CHECK(made.status().message().find("s3cret") == std::string::npos);
}

TEST_CASE("a key pattern names its database or means the first") {
  CHECK(ParseKeyPattern("db3=sessions:*")->db == 3);
  CHECK(ParseKeyPattern("db3=sessions:*")->pattern == "sessions:*");
  CHECK(ParseKeyPattern("sessions:*")->db == 0);
  CHECK(ParseKeyPattern("a=b")->pattern == "a=b");
  CHECK(ParseKeyPattern("dbx=b")->pattern == "dbx=b");
  CHECK_FALSE(ParseKeyPattern("").ok());
  CHECK_FALSE(ParseKeyPattern("db0=").ok());
  CHECK_FALSE(ParseKeyPattern("db99999999=x").ok());
  CHECK_FALSE(ParseKeyPattern("\xff").ok());
  CHECK(Make("{count_keys: [\"db0=\"]}").status().message().find("count_keys") != std::string::npos);
}

TEST_CASE("label values are UTF-8 and bounded whatever the server sends") {
  LabelTexts labels;
  CHECK(labels.Of("plain") == "plain");
  CHECK(labels.Of("k\xc3\xbc\xff\xfe!") == "k\xc3\xbc\\xff\\xfe!");
  CHECK(labels.Of(std::string(10'000, 'x')).size() <= kMaxLabelBytes + 4);
  CHECK(labels.Of("\xe2\x82") == "\\xe2\\x82");
}

}  // namespace bekci::exporters::redis::settings_test
