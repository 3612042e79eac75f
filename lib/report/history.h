#pragma once
// The epochs of a run, one by one: metrics.csv, and what curves are drawn from.
#include "metric/regions.h"

#include <cstdint>
#include <string>
#include <vector>

namespace seg {

// An epoch, with its validation where there was one.
struct EpochRecord {
  std::int64_t epoch = 0;  // counted from 1
  std::int64_t step = 0;   // steps trained at its end
  double learning_rate = 0;
  double loss = 0;  // mean over the epoch's steps
  double seconds = 0;
  std::vector<double> dsc = {};  // per region, NaN where absent; empty: not validated
  double mean_dsc = -1;          // MetricTable::overall; -1: not validated
};

// The record whose validation is the best, the earlier of equal ones; null where none was
// validated. It selects the model.
const EpochRecord* best_of(const std::vector<EpochRecord>& history);

// The columns epoch, step, learning_rate, loss, seconds, mean_dsc and dsc_REGION, one line per
// epoch; what is not known is empty.
std::string metrics_csv(const std::vector<EpochRecord>& history,
                        const std::vector<Region>& regions);

// "epoch 3: step 900, loss 0.4123, ..., validation DSC 0.8012 (best), ..." for the log; the DSC of
// each region where there are at most four.
std::string record_text(const EpochRecord& record, bool best, const std::vector<Region>& regions);

}  // namespace seg
