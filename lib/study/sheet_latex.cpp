#include "core/text.h"
#include "study/latex_text.h"
#include "study/sheet.h"

#include <fmt/format.h>

namespace seg {
namespace {

std::string latex_of(const SheetCell& cell) {
  std::string text = latex_text(cell.text);
  if (cell.underlined) text = "\\underline{" + text + "}";
  if (cell.bold) text = "\\textbf{" + text + "}";
  return text + latex_text(cell.after);
}

std::string latex_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) line += (i == 0 ? "" : " & ") + cells[i];
  return line + " \\\\\n";
}

// A line of headings and, under groups, their rules.
std::string latex_head(const Sheet& sheet, std::size_t level) {
  const bool last = level + 1 == sheet.head.size();
  std::vector<std::string> cells;
  if (!sheet.block_heading.empty()) cells.push_back(last ? latex_text(sheet.block_heading) : "");
  cells.push_back(last ? latex_text(sheet.row_heading) : "");
  std::string rules;
  std::size_t at = cells.size() + 1;
  for (const SheetHead& head : sheet.head[level]) {
    const std::string title = latex_text(head.text);
    cells.push_back(last ? title : fmt::format("\\multicolumn{{{}}}{{c}}{{{}}}", head.span, title));
    rules += fmt::format("\\cmidrule(lr){{{}-{}}} ", at, at + head.span - 1);
    at += head.span;
  }
  if (!rules.empty()) rules.back() = '\n';
  return latex_line(cells) + (last ? "" : rules);
}

std::string latex_block(const Sheet& sheet, const SheetBlock& block) {
  std::string text = "\\midrule\n";
  for (std::size_t r = 0; r < block.rows.size(); ++r) {
    const SheetRow& row = block.rows[r];
    std::vector<std::string> cells;
    if (!sheet.block_heading.empty()) cells.push_back(r == 0 ? latex_text(block.title) : "");
    cells.push_back(latex_text(row.name));
    for (const SheetCell& cell : row.cells) cells.push_back(latex_of(cell));
    text += (row.apart ? "\\addlinespace\n" : "") + latex_line(cells);
  }
  return text;
}

}  // namespace

std::string latex_text(std::string_view raw) {
  const std::string text = visible(raw);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view rest = std::string_view(text).substr(i);
    const auto take = [&](std::string_view sign, const char* command) {
      if (!rest.starts_with(sign)) return false;
      out += command;
      i += sign.size() - 1;
      return true;
    };
    if (take("&", "\\&") || take("%", "\\%") || take("$", "\\$") || take("#", "\\#") ||
        take("_", "\\_") || take("{", "\\{") || take("}", "\\}") ||
        take("~", "\\textasciitilde{}") || take("^", "\\textasciicircum{}") ||
        take("\\", "\\textbackslash{}") || take("<", "\\textless{}") ||
        take(">", "\\textgreater{}") || take("|", "\\textbar{}") || take("\"", "''"))
      continue;
    // A bracket or a star after the end of a line would belong to that.
    if (take("[", "{[}") || take("]", "{]}") || take("*", "{*}")) continue;
    if (take("±", "$\\pm$") || take("Δ", "$\\Delta$") || take("τ", "$\\tau$")) continue;
    const bool word_before = i > 0 && (std::isalnum(static_cast<unsigned char>(text[i - 1])) != 0);
    const bool digit_after = rest.size() > 1 && std::isdigit(static_cast<unsigned char>(rest[1]));
    if (!word_before && digit_after && take("-", "$-$")) continue;
    if (take("--", "-{}")) {  // else a dash
      --i;
      continue;
    }
    out += text[i];
  }
  return out;
}

std::string sheet_latex(const Sheet& sheet) {
  std::string text =
      "% Needs \\usepackage{booktabs}. Where it is too wide: \\resizebox of graphicx around "
      "tabular.\n\\begin{table}\n\\centering\n\\caption{" +
      latex_text(sheet.title) + ".";
  for (const std::string& sentence : sheet.caption) text += "\n  " + latex_text(sentence);
  text += "}\n\\begin{tabular}{" + std::string(sheet.block_heading.empty() ? 1 : 2, 'l') +
          std::string(sheet.columns, 'r') + "}\n\\toprule\n";
  for (std::size_t level = 0; level < sheet.head.size(); ++level) text += latex_head(sheet, level);
  for (const SheetBlock& block : sheet.blocks) text += latex_block(sheet, block);
  text += "\\bottomrule\n\\end{tabular}\n";
  for (const std::string& note : sheet.notes)
    text += "\\par\\footnotesize " + latex_text(note) + "\n";
  return text + "\\end{table}\n";
}

}  // namespace seg
