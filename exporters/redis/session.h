// Session: one kept connection to a server, with many commands per round trip.
//
// A round is one write of all its commands and the few reads that their replies take. The connection is opened when a
// round needs it, logged in (AUTH, from a file that is read again when it changes), kept, and dropped on anything that
// leaves it in doubt; a server that closed an idle connection costs one new connection, not a failed round.
// hiredis 0.14 has no TLS and its time-outs are per read: the transport is net::Dialer, under one absolute deadline.
//
// Thread rule: one thread at a time.
#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/net/dialer.h"
#include "exporters/redis/reply.h"

namespace bekci::exporters::redis {

// Commands as bytes, to be sent together.
class Pipeline {
 public:
  void Clear();
  // Returns the index of its reply.
  size_t Add(std::initializer_list<std::string_view> words);
  void Append(const Pipeline& other);
  size_t size() const { return commands_; }
  std::string_view bytes() const { return bytes_; }

 private:
  std::string bytes_;
  size_t commands_ = 0;
};

struct Login {
  std::string username;       // empty: the default user
  std::string password;       // as configured
  std::string password_file;  // wins over `password`; read anew when the file changes
  std::string client_name;    // CLIENT SETNAME; empty: none
};

// What an error reply of the server means for the round, in the server's own words: denied (NOAUTH, WRONGPASS, NOPERM),
// limit (OOM, maxclients), unavailable (LOADING, MASTERDOWN, BUSY ...). `doing` is what was asked: "INFO".
base::Status ErrorReply(std::string_view text, std::string_view doing);

using Replies = std::span<const Reply* const>;

// Where commands go. Parts know no more of the connection than this.
class Channel {
 public:
  virtual ~Channel() = default;
  // Sends all, waits for all. The span is valid until the next Run, the replies for the round. An error *reply* is no
  // error here. Errors: unavailable, timeout, corrupt, limit; denied or limit when the server refused the connection
  // as such (password, maxclients).
  virtual base::Result<Replies> Run(const Pipeline& pipeline, base::MonotonicTime deadline) = 0;
};

class Session : public Channel {
 public:
  Session(net::TargetAddress address, std::unique_ptr<net::ClientTlsOptions> tls, Login login, base::FileSystem& fs,
          const base::Clock& clock);
  ~Session() override;

  // Makes replies of earlier rounds invalid and sees to a connection that can be used. `opened`: whether it is a new
  // one, so that nothing known of the old one (database, version) holds. Errors: unavailable, timeout, denied.
  base::Status Begin(base::MonotonicTime deadline, bool* opened);
  // After an error the connection is closed.
  base::Result<Replies> Run(const Pipeline& pipeline, base::MonotonicTime deadline) override;
  void Close();
  bool IsOpen() const { return stream_ != nullptr; }

  // How long it took to open the connection in use: name, connect, TLS, login.
  base::Duration connect_duration() const { return connect_duration_; }
  const net::TargetAddress& address() const { return dialer_.address(); }

 private:
  base::Status Open(base::MonotonicTime deadline);
  base::Status Introduce(base::MonotonicTime deadline);
  base::Status RefreshPassword();
  void AddLogin(Pipeline* pipeline) const;
  base::Status Receive(size_t count, base::MonotonicTime deadline);

  net::Dialer dialer_;
  const Login login_;
  base::FileSystem& fs_;
  const base::Clock& clock_;
  ReplyReader reader_;
  std::unique_ptr<net::Stream> stream_;
  Pipeline sent_;           // the round's login and what follows it
  bool login_due_ = false;  // before the next command
  std::vector<const Reply*> replies_;
  std::vector<char> buffer_;
  std::string password_;
  base::FileInfo password_file_;  // as it was when password_ was read
  bool password_read_ = false;
  base::Duration connect_duration_ = {};
};

}  // namespace bekci::exporters::redis
