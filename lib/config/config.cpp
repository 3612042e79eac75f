#include "config/config.h"

#include "config/nearest.h"
#include "core/error.h"
#include "core/files.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <set>

namespace seg {
namespace fs = std::filesystem;
namespace {

std::string last_part(const std::string& key) { return key.substr(key.rfind('.') + 1); }

// The valid key that was probably meant: the nearest whole key, or one whose last part is the same.
std::string nearest_key(const std::string& key, const std::vector<Field>& fields) {
  if (key.size() > longest_word) return "";
  std::string best;
  std::pair<std::size_t, std::size_t> least{std::string::npos, 0};
  std::set<std::string> candidates;
  for (const Field& f : fields) {
    candidates.insert(f.key);
    for (std::size_t dot = f.key.find('.'); dot != std::string::npos;
         dot = f.key.find('.', dot + 1))
      candidates.insert(f.key.substr(0, dot));
  }
  for (const std::string& candidate : candidates) {
    const std::size_t edits = edit_distance(key, candidate);
    const std::size_t distance =
        last_part(candidate) == last_part(key) ? std::min<std::size_t>(edits, 1) : edits;
    if (std::pair(distance, edits) < least) {
      least = {distance, edits};
      best = candidate;
    }
  }
  return least.first <= std::max<std::size_t>(3, key.size() / 3) ? best : "";
}

// Keys of former releases, and what to write instead of them.
constexpr std::pair<std::string_view, std::string_view> retired[] = {
    {"loss.preset",
     "leave it out where it was 'paper', and write loss.name: CWCD_release where it was "
     "'release'"},
};

// The one document of a YAML text.
YAML::Node document_of(const std::string& text, const std::string& source) {
  const std::vector<YAML::Node> documents = YAML::LoadAll(text);
  if (documents.size() > 1)
    fail_config(
        "{} holds {} YAML documents, of which one can be read; remove the line '---' and "
        "what follows it",
        source, documents.size());
  return documents.empty() ? YAML::Node() : documents[0];
}

// Applies YAML trees to a configuration, one file after the other.
class Reader {
 public:
  explicit Reader(Fields fields) : fields_(std::move(fields)) {}

  void file(const fs::path& path) {
    if (std::find(open_.begin(), open_.end(), fs::weakly_canonical(path)) != open_.end())
      fail_config("{}: its base includes itself; remove the circle", path.string());
    open_.push_back(fs::weakly_canonical(path));
    YAML::Node tree;
    try {
      tree = document_of(read_file(path), path.string() + ":");
    } catch (const YAML::Exception& e) {
      fail_config("{}:{}:{}: not valid YAML: {}", path.string(), e.mark.line + 1, e.mark.column + 1,
                  e.msg);
    } catch (const Error& e) {
      throw Error(ErrorKind::config, e.what());
    }
    if (!tree.IsMap() && !tree.IsNull())
      fail_config("{}: must be a map of keys such as 'data:' and 'training:'", path.string());
    source_ = path.string();
    bases(tree, path);
    source_ = path.string();
    if (tree.IsMap()) map(tree, "");
    open_.pop_back();
  }

  void override_with(const std::string& assignment) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0)
      fail_config("--set {}: must be KEY=VALUE, e.g. --set training.epochs=2", assignment);
    const std::string key = assignment.substr(0, equals), text = assignment.substr(equals + 1);
    source_ = "";
    YAML::Node value;
    try {
      value = document_of(text, fmt::format("--set {}: the value", key));
    } catch (const YAML::Exception& e) {
      fail_config("--set {}: '{}' is not a valid YAML value: {}", key, text, e.msg);
    }
    apply(key, value, value);
  }

  // Paths whose variable is unset are an error only where nothing later names the path.
  void finish() const {
    if (!unset_.empty()) throw Error(ErrorKind::config, unset_.begin()->second);
  }

 private:
  void bases(const YAML::Node& tree, const fs::path& path) {
    if (!tree.IsMap() || !tree["base"]) return;
    const YAML::Node base = tree["base"];
    if (!base.IsScalar() && !base.IsSequence())
      fail_config("{}: base: must be a file or a list of files", position_of(base));
    std::vector<std::string> names;
    if (base.IsScalar()) names.push_back(base.Scalar());
    for (const YAML::Node& name : base) {
      if (!name.IsScalar())
        fail_config("{}: base: must be a file or a list of files", position_of(name));
      names.push_back(name.Scalar());
    }
    for (const std::string& name : names) {
      const fs::path beside = path.parent_path() / name;
      std::error_code ignored;
      const fs::file_status status = fs::status(beside, ignored);
      if (!fs::is_regular_file(status))
        fail_config("{}: base: {} {}", position_of(base), beside.string(),
                    fs::exists(status) ? "is no regular file" : "does not exist");
      file(beside);
      source_ = path.string();
    }
  }

  void map(const YAML::Node& node, const std::string& prefix) {
    std::set<std::string> seen;
    for (const auto& item : node) {
      const std::string name = item.first.IsScalar() ? item.first.Scalar() : "?";
      const std::string key = prefix.empty() ? name : prefix + "." + name;
      if (!seen.insert(name).second)
        fail_config("{}the key '{}' stands twice", position_of(item.first, key), key);
      if (key != "base") apply(key, item.second, item.first);
    }
  }

  void apply(const std::string& key, const YAML::Node& value, const YAML::Node& at) {
    for (const Field& field : fields_.list()) {
      if (field.key != key) continue;
      no_duplicates(value, key);
      try {
        field.read(value);
        unset_.erase(key);
      } catch (const UnsetVariable& variable) {
        unset_[key] = fmt::format("{}{} {}", position_of(value, key), key, variable.what);
      } catch (const std::string& what) {
        fail_config("{}{} {}", position_of(value.IsNull() ? at : value, key), key, what);
      }
      return;
    }
    const bool section = std::any_of(fields_.list().begin(), fields_.list().end(),
                                     [&](const Field& f) { return f.key.starts_with(key + "."); });
    if (section && value.IsMap()) return map(value, key);
    if (section && value.IsNull()) return;
    if (section)
      fail_config("{}{} is a section: it holds a map of keys", position_of(at, key), key);
    for (const auto& [former, instead] : retired)
      if (key == former)
        fail_config("{}{} is no key any more: {}", position_of(at, key), key, instead);
    const std::string meant = nearest_key(key, fields_.list());
    fail_config("{}unknown key '{}'{}", position_of(at, key), key,
                meant.empty() ? "; --config-reference lists all keys"
                              : fmt::format("; did you mean '{}'?", meant));
  }

  void no_duplicates(const YAML::Node& node, const std::string& key) {
    if (!node.IsMap()) return;
    std::set<std::string> seen;
    for (const auto& item : node)
      if (item.first.IsScalar() && !seen.insert(item.first.Scalar()).second)
        fail_config("{}the key '{}' stands twice in {}", position_of(item.first, key),
                    item.first.Scalar(), key);
  }

  std::string position_of(const YAML::Node& node) const {
    return fmt::format("{}:{}:{}", source_, node.Mark().line + 1, node.Mark().column + 1);
  }
  std::string position_of(const YAML::Node& node, const std::string& key) const {
    return source_.empty() ? fmt::format("--set {}: ", key) : position_of(node) + ": ";
  }

  Fields fields_;
  std::string source_;
  std::vector<fs::path> open_;
  std::map<std::string, std::string> unset_;  // key -> what to say
};

}  // namespace

void Config::describe(Fields& fields) {
  fields.section("data", data);
  fields.section("prep", prep);
  fields.section("augmentation", augmentation);
  fields.section("loss", loss);
  fields.section("model", model);
  fields.section("training", training);
  fields.section("inference", inference);
  fields.section("evaluation", evaluation);
  fields.add("device", device, Affects::nothing,
             "Where the network runs: auto (the GPU where there is one), cpu, cuda or cuda:1.");
  fields.add("threads", threads, Affects::nothing,
             "CPU threads of the tensor operations; 0: as many as there are cores.",
             within(0, 1024));
  fields.add("output", output, Affects::nothing,
             "The run folder. Empty: runs/ and the configuration's name with the date.");
}

fs::path find_config(const std::string& name, const std::string& what) {
  std::vector<fs::path> places = {name, fs::path("configs") / name};
  for (const char* up : {"..", "../..", "../share/segtrain"})
    places.push_back(program_folder() / up / "configs" / name);
  for (const fs::path& place : places)
    for (const char* ending : {"", ".yaml"}) {
      const fs::path file = place.string() + ending;
      std::error_code ignored;
      if (fs::is_regular_file(file, ignored)) return file;
      if (*ending == '\0' && fs::is_other(file, ignored))
        fail_config("{}{}: is no regular file; name a YAML file", what, name);
    }
  fail_config("{}{}: there is no such file, neither as a path nor in configs/", what, name);
}

namespace {

Fields fields_of(Config& config) {
  Fields fields;
  config.describe(fields);
  return fields;
}

}  // namespace

void read_fields(const fs::path& file, Fields fields) {
  if (!fs::is_regular_file(file))
    fail_config("{}: {}; name a YAML file", file.string(),
                fs::exists(file) ? "is no regular file" : "does not exist");
  Reader reader(std::move(fields));
  reader.file(file);
  reader.finish();
}

Config load_config(const std::string& name, const std::vector<std::string>& overrides) {
  Config config;
  Reader reader(fields_of(config));
  reader.file(find_config(name));
  for (const std::string& assignment : overrides) reader.override_with(assignment);
  reader.finish();
  return config;
}

Config config_from(const std::vector<std::string>& overrides) {
  Config config;
  Reader reader(fields_of(config));
  for (const std::string& assignment : overrides) reader.override_with(assignment);
  reader.finish();
  return config;
}

std::string config_yaml(const Config& config) {
  Config copy = config;
  Fields fields;
  copy.describe(fields);
  YAML::Emitter out;
  out << YAML::BeginMap;
  std::vector<std::string> open;
  for (const Field& field : fields.list()) {
    std::vector<std::string> parts;
    for (std::size_t from = 0; from != std::string::npos;) {
      const std::size_t dot = field.key.find('.', from);
      parts.push_back(field.key.substr(from, dot - from));
      from = dot == std::string::npos ? dot : dot + 1;
    }
    std::size_t shared = 0;
    while (shared < open.size() && shared + 1 < parts.size() && open[shared] == parts[shared])
      ++shared;
    for (; open.size() > shared; open.pop_back()) out << YAML::EndMap;
    for (; open.size() + 1 < parts.size(); open.push_back(parts[open.size()]))
      out << YAML::Key << parts[open.size()] << YAML::Value << YAML::BeginMap;
    YAML::Node value;
    field.write(value);
    out << YAML::Key << parts.back() << YAML::Value << value;
  }
  for (; !open.empty(); open.pop_back()) out << YAML::EndMap;
  out << YAML::EndMap;
  return std::string(out.c_str()) + "\n";
}

std::string config_reference() {
  Config defaults;
  Fields fields;
  defaults.describe(fields);
  std::string page = "| key | type | default | range | meaning |\n|---|---|---|---|---|\n";
  for (const Field& field : fields.list()) {
    page += fmt::format("| `{}` | {} | `{}` | {} | {} |\n", field.key, field.type, field.text(),
                        field.range, field.meaning);
  }
  return page;
}

}  // namespace seg
