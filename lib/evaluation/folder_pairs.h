#pragma once
// The label files of two folders, by name.
#include <filesystem>
#include <string>
#include <vector>

namespace seg {

struct LabelFiles {
  std::string id;                           // the name without its ending
  std::filesystem::path truth, prediction;  // empty where there is none
};

// The volumes that lie in either folder, by the names without their endings (case.nii.gz and
// case.mha are one case), sorted. A name that only one folder has may end in a channel's number or
// in -seg or _seg (case_0000, BraTS's case-seg): it is paired without. A folder without volumes may
// hold folders of cases, whose files that end in seg are taken. Throws Error(data) for a folder
// that is not there, that holds no volume, or that has two files of one name, and where no name is
// in both.
std::vector<LabelFiles> pair_by_name(const std::filesystem::path& truth,
                                     const std::filesystem::path& prediction);

// NAME -> file of the volumes of one folder, as above.
std::vector<std::pair<std::string, std::filesystem::path>> volumes_in(
    const std::filesystem::path& folder, const std::string& option);

}  // namespace seg
