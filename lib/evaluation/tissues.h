#pragma once
// The tissues of BraTS among the classes of a data set.
#include "config/lesion_rule.h"
#include "data/dataset.h"
#include "metric/regions.h"

namespace seg {

// The rule's regions (WT, TC, ET; brats2024 NETC, SNFH, RC, too) as unions of `classes`: NETC,
// SNFH, ET and RC are found by their names (NCR, NTC and ED of former years, too), or as classes
// named 1, 2, 3 and 4 by their values. Throws Error(config) where a class is none of them, or one
// that the rule needs is not there (brats2024 goes without RC).
std::vector<Region> tissue_regions(LesionRule rule, const std::vector<std::string>& classes);

}  // namespace seg
