#include "evaluation/evaluation_files.h"

#include "core/files.h"
#include "evaluation/evaluation_report.h"
#include "report/metric_csv.h"
#include "report/metric_markdown.h"

namespace seg {

std::filesystem::path write_evaluation(const std::filesystem::path& folder,
                                       const std::string& suffix, const MetricTable& table,
                                       const Gallery& gallery, const Background& background) {
  const auto place = [&](const char* name, const char* ending) {
    return folder / (name + suffix + ending);
  };
  const std::string algorithm = std::filesystem::absolute(folder).filename().string();
  write_file(place("dsc", ".csv"), case_csv(table));
  write_file(place("summary", ".csv"), summary_csv(table));
  write_file(place("long", ".csv"), long_csv(table, algorithm));
  write_file(place("report", ".html"),
             report_html(evaluation_report(table, gallery, background)));
  write_file(place("dsc", ".md"), markdown(table));
  return place("dsc", ".md");
}

}  // namespace seg
