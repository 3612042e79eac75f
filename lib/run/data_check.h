#pragma once
// What can be told of a run's data before it trains, at little cost: the files' headers, and images
// that are there twice.
#include "run/experiment.h"

namespace seg {

// Reads the headers of all cases of the split. Throws Error(data) that lists every case which
// cannot be used; warns of what segprep verify warns of, a line for each kind, and of one file
// under two ids.
void check_sources(const Experiment& experiment, const PrepConfig& prep);

// Once the cache is built: warns of images whose contents are those of another case.
void warn_of_twins(const Experiment& experiment);

}  // namespace seg
