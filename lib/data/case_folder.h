#pragma once
// The files of one BraTS case: ID and an ending per channel, the one the configuration gives or
// those that BraTS releases use ("_flair", "-t2f").
#include "data/dataset.h"

#include <set>

namespace seg {

// The case's images; a channel that is missing and a second file for one are problems.
Case images_of_case(const std::filesystem::path& folder, const std::string& id,
                    const Pairs& channels, std::vector<FileProblem>& problems);

// The file of its label; empty where there is none, and a second one is a problem.
std::filesystem::path label_of_case(const std::filesystem::path& folder, const Case& c,
                                    std::vector<FileProblem>& problems);

// What is left of the names of the folder's volumes that end as a channel does.
std::set<std::string> ids_by_endings(const std::filesystem::path& folder, const Pairs& channels);

}  // namespace seg
