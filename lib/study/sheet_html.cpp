#include "report/markup.h"
#include "report/page_parts.h"
#include "study/sheet.h"

#include <fmt/format.h>

namespace seg {
namespace {

constexpr const char* sheet_style =
    "header{display:block}main,header{max-width:90rem}main{margin-top:1rem}"
    "#caption{max-width:62rem;color:var(--quiet);margin:0 0 1.5rem}"
    "thead th[colspan]{text-align:center}thead td{border-top:2px solid var(--ink)}"
    "tbody+tbody th[scope=rowgroup]{padding-top:1.2rem}th[scope=rowgroup]{font-weight:650}"
    ".apart>*{border-top:1px solid var(--quiet)!important}td small{color:var(--quiet);"
    "font-size:inherit}";

std::string html_head(const Sheet& sheet) {
  std::string html = "<thead>\n";
  for (std::size_t level = 0; level < sheet.head.size(); ++level) {
    const bool last = level + 1 == sheet.head.size();
    html += last ? "<tr><th scope=\"col\">" + markup_text(sheet.row_heading) + "</th>"
                 : "<tr><td></td>";
    for (const SheetHead& head : sheet.head[level])
      html += head.span > 1
                  ? fmt::format("<th scope=\"colgroup\" colspan=\"{}\">{}</th>", head.span,
                                markup_text(head.text))
                  : "<th scope=\"col\" class=\"number\">" + markup_text(head.text) + "</th>";
    html += "</tr>\n";
  }
  return html + "</thead>\n";
}

std::string html_of(const SheetCell& cell) {
  std::string text = markup_text(cell.text);
  if (cell.underlined) text = "<u>" + text + "</u>";
  if (cell.bold) text = "<b>" + text + "</b>";
  if (!cell.after.empty()) text += "<small>" + markup_text(cell.after) + "</small>";
  return "<td class=\"number\">" + text + "</td>";
}

std::string html_block(const Sheet& sheet, const SheetBlock& block) {
  std::string html = "<tbody>\n";
  if (!block.title.empty())
    html += fmt::format("<tr><th scope=\"rowgroup\" colspan=\"{}\">{}</th></tr>\n",
                        sheet.columns + 1, markup_text(block.title));
  for (const SheetRow& row : block.rows) {
    html += row.apart ? "<tr class=\"apart\">" : "<tr>";
    html += "<th scope=\"row\">" + markup_text(row.name) + "</th>";
    for (const SheetCell& cell : row.cells) html += html_of(cell);
    html += "</tr>\n";
  }
  return html + "</tbody>\n";
}

}  // namespace

std::string sheet_html(const Sheet& sheet) {
  const std::string title = markup_text(sheet.title);
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>{}</title>\n<style>{}{}</style>\n</head>\n<body>\n<header><h1>{}</h1></header>\n"
      "<main>\n<p id=\"caption\">",
      title, page_style(), sheet_style, title);
  for (std::size_t i = 0; i < sheet.caption.size(); ++i)
    html += (i == 0 ? "" : " ") + markup_text(sheet.caption[i]);
  html +=
      "</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"caption\">\n"
      "<table aria-labelledby=\"caption\">\n" +
      html_head(sheet);
  for (const SheetBlock& block : sheet.blocks) html += html_block(sheet, block);
  html += "</table>\n</div>\n";
  if (!sheet.notes.empty()) html += "<ul class=\"notes\">\n";
  for (const std::string& note : sheet.notes) html += "<li>" + markup_text(note) + "</li>\n";
  if (!sheet.notes.empty()) html += "</ul>\n";
  return html + "</main>\n</body>\n</html>\n";
}

}  // namespace seg
