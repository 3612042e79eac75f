#include "data/csv_table.h"

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"

#include <algorithm>

namespace seg {
namespace {

// Takes rows off a text.
class CsvReader {
 public:
  CsvReader(std::string_view text, const std::string& file) : rest_(text), file_(file) {}

  bool done() const { return rest_.empty(); }
  std::size_t line() const { return line_; }
  std::string place() const { return fmt::format("{}:{}", file_, line_); }

  std::vector<std::string> row() {
    std::vector<std::string> values;
    do values.push_back(rest_.starts_with('"') ? quoted() : plain());
    while (take(","));
    if (!rest_.empty() && !take("\r\n") && !take("\n")) misplaced_quote();
    ++line_;
    return values;
  }

 private:
  [[noreturn]] void misplaced_quote() const {
    fail_data(
        "{}: has a double quote inside a value; put the value in double quotes and write \"\" for "
        "one inside",
        place());
  }

  bool take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::string plain() {
    const std::string_view value = rest_.substr(0, rest_.find_first_of(",\n"));
    rest_.remove_prefix(value.size());
    if (value.find('"') != std::string_view::npos) misplaced_quote();
    const bool crlf = value.ends_with('\r') && !rest_.starts_with(',');
    return std::string(value.substr(0, value.size() - (crlf ? 1 : 0)));
  }

  std::string quoted() {
    const std::string begins = place();
    std::string value;
    take("\"");
    while (!rest_.empty()) {
      const char c = rest_[0];
      rest_.remove_prefix(1);
      if (c == '"' && !take("\"")) return value;  // the second of a pair stands for both
      if (c == '\n') ++line_;
      value += c;
    }
    fail_data("{}: has a double quote that does not end; mend the line", begins);
  }

  std::string_view rest_;
  std::string file_;
  std::size_t line_ = 1;
};

void check_text(const std::string& text, const std::string& file) {
  if (!is_utf8(text)) fail_data("{}: is not UTF-8; save it as UTF-8", file);
  if (text.find('\0') != std::string::npos) fail_data("{}: holds a NUL character; remove it", file);
}

void check_columns(std::vector<std::string> columns, const std::string& place) {
  std::sort(columns.begin(), columns.end());
  const auto twice = std::adjacent_find(columns.begin(), columns.end());
  if (twice != columns.end()) fail_data("{}: has two columns '{}'; rename one", place, *twice);
}

}  // namespace

std::optional<std::size_t> CsvTable::column(const std::string& name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  return found == columns.end() ? std::nullopt
                                : std::optional<std::size_t>(found - columns.begin());
}

CsvTable read_csv(const std::filesystem::path& file) {
  std::string text = read_file(file);
  check_text(text, file.string());
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
  CsvTable table;
  for (CsvReader reader(text, file.string()); !reader.done();) {
    const std::string place = reader.place();
    const std::size_t line = reader.line();
    std::vector<std::string> values = reader.row();
    if (values == std::vector<std::string>{""}) continue;
    if (table.columns.empty()) {
      check_columns(values, place);
      table.columns = std::move(values);
      continue;
    }
    if (values.size() != table.columns.size())
      fail_data("{}: has {} values, the first line names {} columns; mend the line", place,
                values.size(), table.columns.size());
    table.rows.push_back({line, std::move(values)});
  }
  return table;
}

}  // namespace seg
