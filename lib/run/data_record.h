#pragma once
// What a run learns from: RUN/data.json, the channels, the labels, and for each case its part of
// the split and a hash of its files' contents. A run that goes on must find the same.
#include "run/experiment.h"

#include <filesystem>

namespace seg {

// The cache is built. fresh: the run begins, and its record is written. Else throws Error(data)
// where channels, labels or parts are others, and where files hold something else than when it
// began, by the cases' names; accept_changed: warns of these files, and records them as they are.
void check_data_record(const std::filesystem::path& run, const Experiment& experiment, bool fresh,
                       bool accept_changed);

}  // namespace seg
