#include "report/history.h"

#include "core/progress.h"
#include "core/text.h"

#include <fmt/format.h>

#include <cmath>

namespace seg {

const EpochRecord* best_of(const std::vector<EpochRecord>& history) {
  const EpochRecord* best = nullptr;
  for (const EpochRecord& r : history)
    if (r.mean_dsc >= 0 && (!best || r.mean_dsc > best->mean_dsc)) best = &r;
  return best;
}

std::string metrics_csv(const std::vector<EpochRecord>& history,
                        const std::vector<Region>& regions) {
  std::string csv = "epoch,step,learning_rate,loss,seconds,mean_dsc";
  for (const Region& region : regions) csv += "," + csv_value("dsc_" + region.name);
  csv += "\n";
  for (const EpochRecord& r : history) {
    csv += fmt::format("{},{},{},{:.6f},{:.1f},{}", r.epoch, r.step, r.learning_rate, r.loss,
                       r.seconds, r.mean_dsc < 0 ? "" : fmt::format("{:.4f}", r.mean_dsc));
    for (std::size_t k = 0; k < regions.size(); ++k)
      csv += k < r.dsc.size() && std::isfinite(r.dsc[k]) ? fmt::format(",{:.4f}", r.dsc[k]) : ",";
    csv += "\n";
  }
  return csv;
}

std::string record_text(const EpochRecord& r, bool best, const std::vector<Region>& regions) {
  constexpr std::size_t most_regions = 4;
  std::string line = fmt::format("epoch {}: step {}, loss {:.4f}, learning rate {:g}, {}", r.epoch,
                                 r.step, r.loss, r.learning_rate, clock_text(r.seconds));
  if (r.mean_dsc >= 0)
    line += fmt::format(", validation DSC {:.4f}{}", r.mean_dsc, best ? " (best)" : "");
  for (std::size_t k = 0; k < r.dsc.size() && r.dsc.size() <= most_regions; ++k)
    line += fmt::format(", {} {}", regions[k].name,
                        std::isnan(r.dsc[k]) ? "absent" : fmt::format("{:.4f}", r.dsc[k]));
  return line;
}

}  // namespace seg
