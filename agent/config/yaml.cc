// ParseYaml and ParseYamlDocuments: the one place where yaml-cpp runs, and where its exceptions stop.
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <exception>
#include <sstream>

#include "agent/config/node.h"
#include "agent/config/yaml_explain.h"
#include "agent/config/yaml_text.h"
#include "agent/config/yaml_tree.h"

namespace bekci::config {
namespace {

base::Result<std::vector<Node>> Parse(std::string_view text, const std::string& file_name, const YamlLimits& limits,
                                      bool many) {
  ASSIGN_OR_RETURN(const YamlText clean, YamlText::Clean(text, file_name, limits));
  TreeBuilder builder(clean, limits, many);
  try {
    std::istringstream in(clean.text());
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.TakeRoots();
  } catch (const Refused& refused) {
    return refused.status;
  } catch (const YAML::Exception& error) {
    return base::Invalid(
        ExplainYamlError(clean, error.mark.line + 1, error.mark.column, error.msg, builder.OpenBracket()));
  } catch (const std::exception& error) {
    return base::Invalid(file_name + ": " + error.what());
  }
}

}  // namespace

base::Result<Node> ParseYaml(std::string_view text, const std::string& file_name, const YamlLimits& limits) {
  ASSIGN_OR_RETURN(std::vector<Node> roots, Parse(text, file_name, limits, /*many=*/false));
  return std::move(roots.front());
}

base::Result<std::vector<Node>> ParseYamlDocuments(std::string_view text, const std::string& file_name,
                                                   const YamlLimits& limits) {
  ASSIGN_OR_RETURN(std::vector<Node> roots, Parse(text, file_name, limits, /*many=*/true));
  std::erase_if(roots, [](const Node& root) { return root.is_null(); });
  return roots;
}

}  // namespace bekci::config
