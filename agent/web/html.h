// Html: text appended to a page with the escaping that its place needs. Nothing that came from outside the program
// reaches a page except through Text.
//
// Thread rule: values.
#pragma once

#include <string>
#include <string_view>

namespace bekci::web {

class Html {
 public:
  // Markup as it is: literals of our own only, hence the array.
  template <size_t N>
  Html& Raw(const char (&markup)[N]) {
    out_.append(markup, N - 1);
    return *this;
  }
  // A file of assets/, which is markup of our own as well.
  Html& Asset(std::string_view markup) {
    out_ += markup;
    return *this;
  }
  // Text, also inside a quoted attribute. Control bytes other than line ends and tabs become U+FFFD.
  Html& Text(std::string_view text);

  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace bekci::web
