#include "report/dsc_table.h"

#include "core/error.h"
#include "core/files.h"
#include "core/text.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace seg {
namespace {

std::vector<double> present_values(const DscTable& table, std::size_t region) {
  std::vector<double> values;
  for (const CaseResult& c : table.cases)
    if (!c.regions[region].absent()) values.push_back(c.regions[region].dice());
  return values;
}

double mean_of(const std::vector<double>& values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (const double v : values) sum += v;
  return sum / static_cast<double>(values.size());
}

double deviation_of(const std::vector<double>& values) {
  const double mean = mean_of(values);
  double square = 0;
  for (const double v : values) square += (v - mean) * (v - mean);
  return values.size() < 2 ? 0 : std::sqrt(square / static_cast<double>(values.size() - 1));
}

std::string cell(double dsc) {
  return !std::isfinite(dsc) ? "absent" : dsc == 0 ? "-" : fmt::format("{:.4f}", dsc);
}

}  // namespace

double DscTable::mean(std::size_t region) const { return mean_of(present_values(*this, region)); }

double DscTable::overall() const {
  std::vector<double> means;
  for (std::size_t k = 0; k < regions.size(); ++k)
    if (std::isfinite(mean(k))) means.push_back(mean(k));
  return means.empty() ? 0 : mean_of(means);
}

void write_csv(const DscTable& table, const std::filesystem::path& path) {
  std::string csv = "case,region,dsc,intersection,prediction,truth\n";
  for (const CaseResult& c : table.cases)
    for (std::size_t k = 0; k < table.regions.size(); ++k) {
      const DiceCounts& n = c.regions[k];
      csv += fmt::format("{},{},{},{},{},{}\n", csv_value(c.id), csv_value(table.regions[k].name),
                         n.absent() ? "" : fmt::format("{:.6f}", n.dice()), n.intersection,
                         n.prediction, n.truth);
    }
  write_file(path, csv);
}

std::string markdown(const DscTable& table) {
  std::string text =
      fmt::format("DSC: {}\n\n| region | mean | std | lowest | cases |\n|---|---|---|---|---|\n",
                  markdown_cell(table.title));
  std::vector<double> all, nonzero;
  for (std::size_t k = 0; k < table.regions.size(); ++k) {
    const std::vector<double> values = present_values(table, k);
    const double mean = mean_of(values);
    const double lowest = values.empty() ? mean : *std::min_element(values.begin(), values.end());
    text +=
        fmt::format("| {} | {} | {} | {} | {} of {} |\n", markdown_cell(table.regions[k].name),
                    cell(mean), values.empty() ? "" : fmt::format("{:.4f}", deviation_of(values)),
                    cell(lowest), values.size(), table.cases.size());
    all.push_back(std::isfinite(mean) ? mean : 0);
    if (std::isfinite(mean) && mean > 0) nonzero.push_back(mean);
  }
  text += fmt::format("| mean, all (absent and zero count 0) | {} | | | |\n", cell(mean_of(all)));
  text += fmt::format("| mean, nonzero (the paper's: regions of DSC 0 left out) | {} | | | |\n",
                      cell(mean_of(nonzero)));
  text += fmt::format("| mean, present (regions in truth or prediction) | {} | | | |\n",
                      cell(table.overall()));
  if (!table.note.empty()) text += fmt::format("\n{}\n", table.note);
  return text;
}

}  // namespace seg
