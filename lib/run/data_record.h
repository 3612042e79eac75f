#pragma once
// What a run learns from: RUN/data.json, the channels, the labels, and for each case its part of
// the split and a hash of its files' contents. A run that goes on must find the same.
#include "run/experiment.h"

#include <filesystem>

namespace seg {

// The cache is built. fresh: the run begins, and its record is written. Else throws Error(data)
// that names the cases whose files hold something else than when it began; accept_changed: warns of
// them, and records them as they are.
void check_data_record(const std::filesystem::path& run, const Experiment& experiment, bool fresh,
                       bool accept_changed);

}  // namespace seg
