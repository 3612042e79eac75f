#include "report/report.h"

#include "report/markup.h"
#include "report/page_parts.h"

#include <fmt/format.h>

#include <cctype>
#include <set>

namespace seg {
namespace {

// A section of the page: nothing where it is empty.
struct PageSection {
  const char* id;
  const char* heading;
  std::string content;
};

// Letters, digits, - and _ of ASCII, the others as -; one that is taken gets a number.
class PageIds {
 public:
  std::string of(const std::string& wish) {
    std::string id;
    for (const char c : wish)
      id += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ? c : '-';
    if (id.empty()) id = "table";
    std::string free = id;
    for (int k = 2; !taken_.insert(free).second; ++k) free = fmt::format("{}-{}", id, k);
    return free;
  }

 private:
  std::set<std::string> taken_ = {"theme", "content",  "results",       "charts",
                                  "cases", "failures", "configuration", "notes"};
};

std::string list_items(const std::vector<std::string>& sentences) {
  std::string html;
  for (const std::string& s : sentences) html += "<li>" + markup_text(s) + "</li>\n";
  return html;
}

std::string failures_html(const std::vector<std::string>& failures) {
  if (failures.empty()) return "";
  return fmt::format(
      "<section class=\"failures\" id=\"failures\">\n<h2>{} failure{}</h2>\n<ul>\n{}</ul>\n"
      "</section>\n",
      failures.size(), failures.size() == 1 ? "" : "s", list_items(failures));
}

const char* number_class(const ReportTable& table, std::size_t column) {
  return column < table.numeric.size() && table.numeric[column] ? " class=\"number\"" : "";
}

std::string row_html(const ReportTable& table, const std::vector<std::string>& row) {
  std::string html = "<tr>";
  for (std::size_t k = 0; k < table.head.size(); ++k) {
    const std::string text = k < row.size() ? markup_text(row[k]) : "";
    const char* tag = k == 0 ? "th" : "td";
    html += fmt::format("<{}{}{}>{}</{}>", tag, k == 0 ? " scope=\"row\"" : "",
                        number_class(table, k), text, tag);
  }
  return html + "</tr>\n";
}

std::string table_html(const ReportTable& table, PageIds& ids) {
  const std::string id = ids.of(table.id), caption = ids.of(id + "-caption");
  std::string html = fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-labelledby=\"{}\">\n"
      "<table id=\"{}\">\n<caption id=\"{}\">{}</caption>\n<thead><tr>",
      caption, id, caption, markup_text(table.caption));
  for (std::size_t k = 0; k < table.head.size(); ++k)
    html += fmt::format("<th scope=\"col\"{}>{}</th>", number_class(table, k),
                        markup_text(table.head[k]));
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) html += row_html(table, row);
  return html + "</tbody>\n</table>\n</div>\n";
}

std::string tables_html(const std::vector<ReportTable>& tables) {
  PageIds ids;
  std::string html;
  for (const ReportTable& table : tables) html += table_html(table, ids);
  return html;
}

std::string figures_html(const std::vector<ReportFigure>& figures) {
  std::string html;
  for (const ReportFigure& figure : figures) {
    const std::string alt = markup_text(figure.alt);
    html += fmt::format("<figure>\n<h3>{}</h3>\n", markup_text(figure.heading));
    html += figure.svg.empty()
                ? "<p>" + alt + "</p>\n"
                : "<div class=\"drawing\" tabindex=\"0\" role=\"group\" aria-label=\"" + alt +
                      "\">\n" + figure.svg + "</div>\n";
    html += "</figure>\n";
  }
  return html;
}

std::string verbatim_html(const std::string& text, const char* label) {
  if (text.empty()) return "";
  return fmt::format(
      "<pre tabindex=\"0\" role=\"region\" aria-label=\"{}\"><code>{}</code></pre>\n", label,
      markup_text(text, true));
}

std::vector<PageSection> sections_of(const Report& r) {
  return {{"notes", "Notes",
           r.notes.empty() ? "" : "<ul class=\"notes\">\n" + list_items(r.notes) + "</ul>\n"},
          {"results", "Results", tables_html(r.tables)},
          {"charts", "Charts", figures_html(r.charts)},
          {"cases", "Cases", figures_html(r.cases)},
          {"configuration", "Configuration", verbatim_html(r.configuration, "Configuration")}};
}

std::string link_to(const char* id, const char* text) {
  return fmt::format("<li><a href=\"#{}\">{}</a></li>\n", id, text);
}

std::string head_html(const Report& r) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
      "style-src 'unsafe-inline'; img-src data:; script-src '{}'; base-uri 'none'; "
      "form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n",
      kPageScriptHash, markup_text(r.title), page_style());
}

std::string banner_html(const Report& r, const std::string& links) {
  return fmt::format(
      "<a class=\"skip\" href=\"#content\">Skip to the content</a>\n<header>\n<div>\n"
      "<h1>{}</h1>\n{}<nav aria-label=\"Sections\"><ul>\n{}</ul></nav>\n</div>\n"
      "<button type=\"button\" id=\"theme\" aria-pressed=\"false\" hidden>Dark</button>\n"
      "</header>\n",
      markup_text(r.title),
      r.subtitle.empty() ? "" : "<p class=\"subtitle\">" + markup_text(r.subtitle) + "</p>\n",
      links);
}

}  // namespace

std::string report_html(const Report& r) {
  std::string links = r.failures.empty() ? "" : link_to("failures", "Failures");
  std::string body = failures_html(r.failures);
  for (const PageSection& section : sections_of(r)) {
    if (section.content.empty()) continue;
    links += link_to(section.id, section.heading);
    body += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n", section.id, section.heading);
    body += section.content + "</section>\n";
  }
  return head_html(r) + "<body>\n" + banner_html(r, links) +
         "<main id=\"content\" tabindex=\"-1\">\n" + body + "</main>\n<script>" + kPageScript +
         "</script>\n</body>\n</html>\n";
}

}  // namespace seg
