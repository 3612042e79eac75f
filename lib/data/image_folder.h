#pragma once
// The images of one folder, a file per channel: NAME, or NAME_0000, NAME_0001 ...
#include "data/dataset.h"
#include "data/volume_names.h"

#include <functional>

namespace seg {

struct NumberedChannel {
  int number;  // of NAME_000N
  std::string name;
};

// Whose image a file is, and of which channel; nothing where it is none.
using ImageName = std::function<std::optional<NumberedName>(const std::filesystem::path& file)>;

// The cases by id, with their images; a channel that is missing and a second file for one are
// problems.
std::map<std::string, Case> cases_of_images(const std::filesystem::path& folder,
                                            const std::vector<NumberedChannel>& channels,
                                            const ImageName& name_of_image,
                                            std::vector<FileProblem>& problems);

}  // namespace seg
