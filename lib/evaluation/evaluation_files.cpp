#include "evaluation/evaluation_files.h"

#include "core/files.h"
#include "evaluation/evaluation_report.h"
#include "report/metric_csv.h"
#include "report/metric_markdown.h"

namespace seg {
namespace {

std::string evaluation_text(const MetricTable& table, const LesionTable* lesions) {
  std::string text = markdown(table);
  if (lesions) text += "\n" + lesions->title() + "\n\n" + markdown(lesions->summary());
  return text;
}

}  // namespace

WrittenEvaluation write_evaluation(const std::filesystem::path& folder,
                                   const std::string& algorithm, const std::string& suffix,
                                   const MetricTable& table, const Gallery& gallery,
                                   const Background& background) {
  const LesionTable* lesions = background.lesions;
  const WrittenEvaluation written{folder / ("dsc" + suffix + ".md"),
                                  folder / ("report" + suffix + ".html"),
                                  evaluation_text(table, lesions)};
  // All texts before the first file: what fails in one leaves the others as they were.
  const std::vector<std::pair<std::string, std::string>> files = {
      {"dsc" + suffix + ".csv", case_csv(table)},
      {"summary" + suffix + ".csv", summary_csv(table)},
      {"long" + suffix + ".csv", long_csv(table, algorithm)},
      {"lesions" + suffix + ".csv",
       lesions && !lesions->panoptic() ? lesions->lesions_csv() : std::string()},
      {"lesion-regions" + suffix + ".csv", lesions ? lesions->regions_csv() : std::string()},
      {"report" + suffix + ".html", report_html(evaluation_report(table, gallery, background))},
      {"dsc" + suffix + ".md", written.text}};
  for (const auto& [name, text] : files)
    if (text.empty())
      std::filesystem::remove(folder / name);
    else
      write_file(folder / name, text);
  return written;
}

}  // namespace seg
