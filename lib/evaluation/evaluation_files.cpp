#include "evaluation/evaluation_files.h"

#include "core/files.h"
#include "evaluation/evaluation_report.h"
#include "report/metric_csv.h"
#include "report/metric_markdown.h"

namespace seg {

std::string evaluation_text(const MetricTable& table, const LesionTable* lesions) {
  std::string text = markdown(table);
  if (lesions) text += "\n" + lesions->title() + "\n\n" + markdown(lesions->summary());
  return text;
}

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
  if (background.lesions) {
    if (!background.lesions->panoptic())
      write_file(place("lesions", ".csv"), background.lesions->lesions_csv());
    write_file(place("lesion-regions", ".csv"), background.lesions->regions_csv());
  }
  write_file(place("report", ".html"), report_html(evaluation_report(table, gallery, background)));
  write_file(place("dsc", ".md"), evaluation_text(table, background.lesions));
  return place("dsc", ".md");
}

}  // namespace seg
