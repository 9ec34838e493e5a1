#include "agent/notify/escalation/ack_links.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <map>

#include "agent/base/text.h"
#include "tests/support/temporary_directory.h"

namespace bekci::notify::escalation::ack_links_test {
namespace {

constexpr const char* kKeys =
    "# newest first\n"
    "k2 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
    "k1 ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\n";
constexpr const char* kOldKeys = "k1 ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff\n";
constexpr const char* kIncident = "01JDZZZZZZZZZZZZZZZZZZZZZZ";
constexpr base::Timestamp kNow{1'700'000'000'000};
const std::vector<std::string> kContacts = {"team-page", "cross-team"};

AckLinks Links(const char* keys = kKeys) {
  auto links = AckLinks::Parse(keys, "ack.key");
  REQUIRE(links.ok());
  return *std::move(links);
}

// The parts of a link, by their letters; "id" is the incident.
std::map<std::string, std::string> PartsOf(const std::string& link) {
  std::map<std::string, std::string> parts;
  const size_t question = link.find('?');
  const size_t slash = link.rfind('/', question);
  parts["id"] = link.substr(slash + 1, question - slash - 1);
  for (const std::string_view pair : base::Split(std::string_view(link).substr(question + 1), '&')) {
    parts[std::string(pair.substr(0, 1))] = pair.substr(2);
  }
  return parts;
}

LinkText TextOf(const std::map<std::string, std::string>& parts) {
  return {parts.at("id"), parts.at("a"), parts.at("l"), parts.at("x"), parts.at("k"), parts.at("s")};
}

TEST_CASE("a link has the form that escalation.md gives it and verifies for whom it was made") {
  const std::string link =
      Links().Make("https://b.test:10113", kIncident, "ack", "L2", "cross-team", kNow + base::hours(24));
  CHECK(link.starts_with("https://b.test:10113/e/01JDZZZZZZZZZZZZZZZZZZZZZZ?a=ack&l=L2&x=1700086400&k=k2&s="));
  const auto parts = PartsOf(link);
  CHECK(parts.at("s").size() == 43);
  const auto verified = Links().Verify(TextOf(parts), kContacts, kNow);
  REQUIRE(verified.ok());
  CHECK(verified->incident == kIncident);
  CHECK(verified->action == "ack");
  CHECK(verified->level == "L2");
  CHECK(verified->contact == "cross-team");
}

TEST_CASE("the signature is the HMAC-SHA256 that others compute") {
  // printf '12:bekci-link-1\n26:01JD...\n3:ack\n2:L2\n10:1700086400\n10:cross-team\n' | openssl dgst -sha256 -mac HMAC
  const std::string link = Links().Make("https://b.test", kIncident, "ack", "L2", "cross-team", kNow + base::hours(24));
  CHECK(PartsOf(link).at("s") == "63TG2X7Y10nyWVkY57EblpOE6unZPklSjpOHAtSZdRw");
}

TEST_CASE("whatever is changed in a link, it is refused") {
  const auto good = PartsOf(Links().Make("https://b.test", kIncident, "ack", "L2", "team-page", kNow + base::hours(1)));
  REQUIRE(Links().Verify(TextOf(good), kContacts, kNow).ok());
  const std::pair<const char*, const char*> changes[] = {{"id", "01JDZZZZZZZZZZZZZZZZZZZZZY"},
                                                         {"id", ""},
                                                         {"id", "../../x"},
                                                         {"a", "escalate"},
                                                         {"a", "cancel"},
                                                         {"a", ""},
                                                         {"l", "L3"},
                                                         {"l", ""},
                                                         {"x", "1700003601"},
                                                         {"x", "-1"},
                                                         {"x", "1e9"},
                                                         {"x", "99999999999999999999"},
                                                         {"k", "k1"},
                                                         {"k", "k9"},
                                                         {"k", ""},
                                                         {"s", ""},
                                                         {"s", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"},
                                                         {"s", "%%%"}};
  for (const auto& [part, value] : changes) {
    auto parts = good;
    parts[part] = value;
    const std::string changed = std::string(part) + " = " + std::string(value);
    CAPTURE(changed);
    const auto verified = Links().Verify(TextOf(parts), kContacts, kNow);
    REQUIRE_FALSE(verified.ok());
    CHECK(verified.status().code() == base::Code::kInvalid);
  }
  for (size_t i = 0; i < good.at("s").size(); ++i) {
    auto parts = good;
    parts["s"][i] = parts["s"][i] == 'A' ? 'B' : 'A';
    CHECK_FALSE(Links().Verify(TextOf(parts), kContacts, kNow).ok());
  }
}

TEST_CASE("a link is for those who were told, expires, and outlives a rotation of keys") {
  const std::string link = Links(kOldKeys).Make("https://b.test", kIncident, "ack", "L1", "team-page", kNow);
  const auto parts = PartsOf(link);
  const base::Timestamp before = kNow - base::seconds(1);
  CHECK(Links(kOldKeys).Verify(TextOf(parts), kContacts, before).ok());
  CHECK(Links().Verify(TextOf(parts), kContacts, before).ok());
  CHECK(Links().signing_key_id() == "k2");
  const auto expired = Links().Verify(TextOf(parts), kContacts, kNow);
  CHECK(expired.status().code() == base::Code::kTimeout);
  const std::vector<std::string> others = {"management"};
  CHECK_FALSE(Links().Verify(TextOf(parts), others, before).ok());
  const auto gone = Links("k2 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n")
                        .Verify(TextOf(parts), kContacts, before);
  CHECK(gone.status().message() == "this link was signed with a key that is not in use any more");
}

TEST_CASE("a key file is made for its owner alone, kept, and refused when others can read it") {
  TemporaryDirectory directory;
  base::RealFileSystem fs;
  base::SystemRandom random;
  const std::string path = directory.path() + "/ack.key";
  const auto made = AckLinks::LoadOrMake(fs, path, random);
  REQUIRE(made.ok());
  CHECK(fs.Stat(path)->mode == 0600);
  const auto again = AckLinks::LoadOrMake(fs, path, random);
  REQUIRE(again.ok());
  CHECK(again->signing_key_id() == made->signing_key_id());
  REQUIRE(::chmod(path.c_str(), 0644) == 0);
  CHECK(AckLinks::LoadOrMake(fs, path, random).status().code() == base::Code::kDenied);
}

TEST_CASE("a key file that is wrong says where and never shows a key") {
  const char* const wrong[] = {"",
                               "# nothing\n",
                               "k1\n",
                               "k1 abcd\n",
                               "k 1 00\n",
                               "k1 zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n",
                               "k1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f x\n"};
  for (const char* text : wrong) {
    const auto links = AckLinks::Parse(text, "ack.key");
    REQUIRE_FALSE(links.ok());
    CHECK(links.status().message().starts_with("ack.key"));
    CHECK(links.status().message().find("0102030405") == std::string::npos);
  }
  CHECK(AckLinks::Parse(std::string(kOldKeys) + kOldKeys, "ack.key").status().message() ==
        "ack.key:2: key \"k1\" is there already");
}

TEST_CASE("base64url there and back, and nothing that is not what encoding gives") {
  for (size_t length = 0; length < 40; ++length) {
    std::string bytes;
    for (size_t i = 0; i < length; ++i) bytes += static_cast<char>(i * 37 + length);
    CHECK(FromBase64Url(Base64Url(bytes)) == bytes);
  }
  CHECK(Base64Url("\xff\xfe") == "__4");
  CHECK_FALSE(FromBase64Url("__5").has_value());
  CHECK_FALSE(FromBase64Url("__4=").has_value());
  CHECK_FALSE(FromBase64Url("A").has_value());
}

}  // namespace
}  // namespace bekci::notify::escalation::ack_links_test
