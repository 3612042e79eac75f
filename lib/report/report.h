#pragma once
// The report of an evaluation: one HTML file that needs nothing but itself.
#include <string>
#include <vector>

namespace seg {

struct ReportTable {
  std::string id;  // part of its address in the page: report.html#ID
  std::string caption;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows = {};  // their first cells name them
  std::vector<bool> numeric = {};                   // by column: to the right, sorted by value
};

struct ReportFigure {
  std::string heading;
  std::string alt;       // what it shows, for who cannot see it
  std::string svg = {};  // a document of our own: it goes into the page as it is
};

struct Report {
  std::string title, subtitle;
  std::vector<std::string> failures;  // sentences, shown first
  std::vector<std::string> notes;
  std::vector<ReportTable> tables;
  std::vector<ReportFigure> charts;
  std::vector<ReportFigure> cases;  // in the order in which they are to be looked at
  std::string configuration;        // YAML
};

// All text may hold anything: it is shown as text. The page asks the network for nothing (its
// Content-Security-Policy forbids it), follows the reader's dark or light and has a button for the
// other, prints in light, and its tables are sorted by the buttons of their heads; without
// JavaScript all but the buttons is there.
std::string report_html(const Report& report);

}  // namespace seg
