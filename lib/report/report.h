#pragma once
#include <string>
#include <vector>
namespace seg {
struct ReportTable { std::string id, caption; std::vector<std::string> head; std::vector<std::vector<std::string>> rows; std::vector<bool> numeric; };
struct ReportFigure { std::string heading, alt, svg; };
struct Report { std::string title, subtitle; std::vector<std::string> failures, notes; std::vector<ReportTable> tables; std::vector<ReportFigure> charts, cases; std::string configuration, commands; };
std::string report_html(const Report& r);
}
