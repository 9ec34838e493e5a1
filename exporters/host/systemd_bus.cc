#include "exporters/host/systemd_bus.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "exporters/host/systemd_library.h"

namespace bekci::exporters::host {
namespace {

constexpr char kService[] = "org.freedesktop.systemd1";
constexpr char kManager[] = "org.freedesktop.systemd1.Manager";
constexpr char kProperties[] = "org.freedesktop.DBus.Properties";

struct CloseBus {
  const SystemdLibrary* api = nullptr;
  void operator()(sd_bus* bus) const { api->sd_bus_close_unref(bus); }
};
struct UnrefMessage {
  const SystemdLibrary* api = nullptr;
  void operator()(sd_bus_message* message) const { api->sd_bus_message_unref(message); }
};
using Bus = std::unique_ptr<sd_bus, CloseBus>;
using Message = std::unique_ptr<sd_bus_message, UnrefMessage>;

class Error {
 public:
  explicit Error(const SystemdLibrary& api) : api_(api) {}
  Error(const Error&) = delete;
  Error& operator=(const Error&) = delete;
  ~Error() { api_.sd_bus_error_free(&error_); }
  sd_bus_error* get() { return &error_; }
  bool Is(const char* name) const { return api_.sd_bus_error_has_name(&error_, name) > 0; }
  std::string Message() const { return error_.message == nullptr ? "" : error_.message; }

 private:
  const SystemdLibrary& api_;
  sd_bus_error error_ = {};  // SD_BUS_ERROR_NULL, which is C
};

class RealSystemdBus : public SystemdBus {
 public:
  RealSystemdBus(std::string private_socket, std::string bus_socket, base::Clock& clock)
      : private_socket_(std::move(private_socket)), bus_socket_(std::move(bus_socket)), clock_(clock) {}

  base::Status ListUnits(base::MonotonicTime deadline, size_t limit, std::vector<SystemdUnit>* units) override;
  base::Result<std::string> TextProperty(const std::string& object_path, const char* interface, const char* property,
                                         base::MonotonicTime deadline) override;
  base::Result<uint64_t> NumberProperty(const std::string& object_path, const char* interface, const char* property,
                                        base::MonotonicTime deadline) override;

 private:
  base::Status Connect();
  base::Status ConnectTo(const std::string& socket, bool is_bus);
  base::Result<Message> NewCall(const char* path, const char* interface, const char* member);
  base::Result<Message> Call(Message call, base::MonotonicTime deadline, const char* what);
  // A reply positioned inside the variant, whose type is one of `types`; that type goes to `found`.
  base::Result<Message> GetProperty(const std::string& object_path, const char* interface, const char* property,
                                    const char* types, char* found, base::MonotonicTime deadline);
  // An answer that is not what was asked for: nothing more is expected of this connection.
  base::Status Malformed(const char* what, int result);

  const std::string private_socket_;
  const std::string bus_socket_;
  base::Clock& clock_;
  const SystemdLibrary* api_ = nullptr;  // there once something was asked
  Bus bus_;
  bool through_bus_ = false;  // the daemon routes by destination; on the private socket there is none
};

base::Status RealSystemdBus::Connect() {
  if (api_ == nullptr) {
    ASSIGN_OR_RETURN(api_, LoadSystemdLibrary());
  }
  if (bus_ != nullptr && api_->sd_bus_is_open(bus_.get()) > 0) return base::OkStatus();
  bus_.reset();
  if (ConnectTo(private_socket_, false).ok()) return base::OkStatus();
  return ConnectTo(bus_socket_, true);
}

// Does not wait: authentication happens inside the first call, under its deadline.
base::Status RealSystemdBus::ConnectTo(const std::string& socket, bool is_bus) {
  sd_bus* raw = nullptr;
  int result = api_->sd_bus_new(&raw);
  Bus bus(raw, CloseBus{api_});
  if (result >= 0) result = api_->sd_bus_set_address(raw, ("unix:path=" + socket).c_str());
  if (result >= 0) result = api_->sd_bus_set_bus_client(raw, is_bus ? 1 : 0);
  if (result >= 0) result = api_->sd_bus_start(raw);
  if (result < 0) return base::FromErrno(-result, "connect to systemd at " + socket);
  bus_ = std::move(bus);
  through_bus_ = is_bus;
  return base::OkStatus();
}

base::Result<Message> RealSystemdBus::NewCall(const char* path, const char* interface, const char* member) {
  RETURN_IF_ERROR(Connect());
  sd_bus_message* raw = nullptr;
  const int result = api_->sd_bus_message_new_method_call(bus_.get(), &raw, through_bus_ ? kService : nullptr, path,
                                                          interface, member);
  if (result < 0) return base::FromErrno(-result, std::string("ask systemd for ") + member);
  return Message(raw, UnrefMessage{api_});
}

base::Result<Message> RealSystemdBus::Call(Message call, base::MonotonicTime deadline, const char* what) {
  const base::Duration left = deadline - clock_.Monotonic();
  if (left <= base::Duration(0)) return base::Timeout(std::string("ask systemd for ") + what + ": no time left");
  const auto microseconds = std::max<int64_t>(1, std::chrono::duration_cast<base::microseconds>(left).count());
  Error error(*api_);
  sd_bus_message* raw = nullptr;
  const int result = api_->sd_bus_call(bus_.get(), call.get(), static_cast<uint64_t>(microseconds), error.get(), &raw);
  if (result >= 0) return Message(raw, UnrefMessage{api_});
  const std::string message = std::string("ask systemd for ") + what + ": " + error.Message();
  if (error.Is(SD_BUS_ERROR_UNKNOWN_PROPERTY) || error.Is(SD_BUS_ERROR_UNKNOWN_OBJECT) ||
      error.Is(SD_BUS_ERROR_UNKNOWN_INTERFACE)) {
    return base::NotFound(message);
  }
  if (error.Is(SD_BUS_ERROR_ACCESS_DENIED)) return base::Denied(message);
  bus_.reset();  // whatever it was, a fresh connection does not carry it on
  if (result == -ETIMEDOUT) return base::Timeout(message);
  return base::Unavailable(message);
}

base::Status RealSystemdBus::Malformed(const char* what, int result) {
  bus_.reset();
  return base::FromErrno(result < 0 ? -result : EBADMSG, std::string("read systemd's answer for ") + what);
}

base::Status RealSystemdBus::ListUnits(base::MonotonicTime deadline, size_t limit, std::vector<SystemdUnit>* units) {
  ASSIGN_OR_RETURN(Message call, NewCall(kSystemdManagerPath, kManager, "ListUnits"));
  ASSIGN_OR_RETURN(const Message reply, Call(std::move(call), deadline, "its units"));
  int result = api_->sd_bus_message_enter_container(reply.get(), 'a', "(ssssssouso)");
  size_t count = 0;
  while (result >= 0) {
    const char* name = nullptr;
    const char* load_state = nullptr;
    const char* active_state = nullptr;
    const char* path = nullptr;
    const char* skip = nullptr;
    uint32_t job = 0;
    result = api_->sd_bus_message_read(reply.get(), "(ssssssouso)", &name, &skip, &load_state, &active_state, &skip,
                                       &skip, &path, &job, &skip, &skip);
    if (result == 0) break;  // the end of the array
    if (result < 0) continue;
    if (count == limit) return base::LimitReached("systemd has more than " + std::to_string(limit) + " units");
    if (count == units->size()) units->emplace_back();
    SystemdUnit& unit = (*units)[count++];  // strings of the last round are reused
    unit.name = name;
    unit.load_state = load_state;
    unit.active_state = active_state;
    unit.object_path = path;
  }
  if (result < 0) return Malformed("its units", result);
  units->resize(count);
  return base::OkStatus();
}

base::Result<Message> RealSystemdBus::GetProperty(const std::string& object_path, const char* interface,
                                                  const char* property, const char* types, char* found,
                                                  base::MonotonicTime deadline) {
  ASSIGN_OR_RETURN(Message call, NewCall(object_path.c_str(), kProperties, "Get"));
  const std::string full = std::string(kService) + "." + interface;
  int result = api_->sd_bus_message_append(call.get(), "ss", full.c_str(), property);
  if (result < 0) return base::FromErrno(-result, std::string("ask systemd for ") + property);
  ASSIGN_OR_RETURN(Message reply, Call(std::move(call), deadline, property));
  char type = 0;
  const char* contents = nullptr;
  result = api_->sd_bus_message_peek_type(reply.get(), &type, &contents);
  const bool known = result > 0 && type == 'v' && contents != nullptr && contents[0] != 0 && contents[1] == 0 &&
                     std::string_view(types).find(contents[0]) != std::string_view::npos;
  if (!known) return Malformed(property, result);
  *found = contents[0];
  result = api_->sd_bus_message_enter_container(reply.get(), 'v', contents);
  if (result < 0) return Malformed(property, result);
  return reply;
}

base::Result<std::string> RealSystemdBus::TextProperty(const std::string& object_path, const char* interface,
                                                       const char* property, base::MonotonicTime deadline) {
  char type = 0;
  ASSIGN_OR_RETURN(const Message reply, GetProperty(object_path, interface, property, "s", &type, deadline));
  const char* text = nullptr;
  const int result = api_->sd_bus_message_read_basic(reply.get(), type, static_cast<void*>(&text));
  if (result <= 0) return Malformed(property, result);
  return std::string(text);
}

base::Result<uint64_t> RealSystemdBus::NumberProperty(const std::string& object_path, const char* interface,
                                                      const char* property, base::MonotonicTime deadline) {
  char type = 0;
  ASSIGN_OR_RETURN(const Message reply, GetProperty(object_path, interface, property, "ut", &type, deadline));
  uint32_t small = 0;
  uint64_t large = 0;
  const int result =
      api_->sd_bus_message_read_basic(reply.get(), type, type == 'u' ? static_cast<void*>(&small) : &large);
  if (result <= 0) return Malformed(property, result);
  return type == 'u' ? small : large;
}

}  // namespace

// As sd_bus_path_encode(3) says: what is not a letter, or a digit that is not the first, becomes _ and two hexadecimal
// digits.
std::string SystemdUnitPath(const std::string& unit_name) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string path = std::string(kSystemdManagerPath) + "/unit/";
  if (unit_name.empty()) return path + "_";
  for (size_t i = 0; i < unit_name.size(); ++i) {
    const auto c = static_cast<unsigned char>(unit_name[i]);
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (letter || (i > 0 && c >= '0' && c <= '9')) {
      path += static_cast<char>(c);
    } else {
      path += '_';
      path += kDigits[c >> 4];
      path += kDigits[c & 15];
    }
  }
  return path;
}

std::unique_ptr<SystemdBus> MakeSystemdBus(std::string private_socket, std::string bus_socket, base::Clock& clock) {
  return std::make_unique<RealSystemdBus>(std::move(private_socket), std::move(bus_socket), clock);
}

}  // namespace bekci::exporters::host
