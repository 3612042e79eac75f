#pragma once
#include "config/config.h"

#include <string>

namespace seg {

// The keys that affect what a run is and differ between two configurations, with both values:
// "loss.name (CEDL there, CWCD now), ...". data.root is left out, since data may be moved.
std::string differences(const Config& there, const Config& now);

}  // namespace seg
