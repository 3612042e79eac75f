#pragma once
// What can be told of a run's data before it trains, at little cost: the files' headers, and images
// that are there twice.
#include "run/experiment.h"

#include <functional>
#include <string>
#include <vector>

namespace seg {

// Reads the headers of all cases of the split. Throws Error(data) that lists every case which
// cannot be used; warns of what segprep verify warns of, a line for each kind, and of one file
// under two ids.
void check_sources(const Experiment& experiment, const PrepConfig& prep);

// Once the cache is built: warns of images whose contents are those of another case.
void warn_of_twins(const Experiment& experiment);

// Two cases that show the same image.
struct Twin {
  std::string id, other;
  SplitPart part, part_of_other;
};
// One pair for every image that a case before it has, too; keys(c): what its images are known by.
std::vector<Twin> twins(const Experiment& experiment,
                        const std::function<std::vector<std::string>(const Case&)>& keys);

}  // namespace seg
