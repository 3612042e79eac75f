#pragma once
// The data of a run: what the layout found, the split, the regions, the cache.
#include "config/config.h"
#include "data/dataset.h"
#include "metric/regions.h"
#include "prep/cache.h"

#include <map>
#include <string>
#include <vector>

namespace seg {

class Experiment {
 public:
  // Finds the data set and makes the split; reads no volume. Throws Error(config) or Error(data).
  explicit Experiment(const Config& config);

  // Builds the cases of the split that the cache lacks. Throws Error(data) for volumes that cannot
  // be used.
  void build_cache();

  const Dataset& dataset() const { return dataset_; }
  const Split& split() const { return split_; }
  const std::vector<Region>& regions() const { return regions_; }
  const Cache& cache() const { return cache_; }

  std::int64_t channels() const { return static_cast<std::int64_t>(dataset_.channels.size()); }
  std::int64_t classes() const { return dataset_.labels.count(); }  // M, with background

  // The cases of all parts, and those of one.
  std::vector<Case> all() const;
  std::vector<Case> part(SplitPart part) const;

 private:
  std::map<std::string, Case> by_id_;
  Dataset dataset_;
  Split split_;
  std::vector<Region> regions_;
  Cache cache_;
};

}  // namespace seg
