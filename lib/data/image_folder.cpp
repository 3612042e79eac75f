#include "data/image_folder.h"

#include <fmt/format.h>

namespace seg {
namespace fs = std::filesystem;
namespace {

// The image of one wanted channel, or a problem.
void place_image(const fs::path& file, int number, const std::vector<NumberedChannel>& channels,
                 Case& c, std::vector<FileProblem>& problems) {
  for (std::size_t k = 0; k < channels.size(); ++k) {
    if (channels[k].number != number) continue;
    if (c.channels[k].empty())
      c.channels[k] = file;
    else
      problems.push_back({c.id, file,
                          fmt::format("is channel '{}' as {} is; remove one of them",
                                      channels[k].name, c.channels[k].filename().string())});
  }
}

}  // namespace

std::map<std::string, Case> cases_of_images(const fs::path& folder,
                                            const std::vector<NumberedChannel>& channels,
                                            const ImageName& name_of_image,
                                            std::vector<FileProblem>& problems) {
  std::map<std::string, Case> found;
  for (const fs::path& file : files_of(folder)) {
    const auto name = name_of_image(file);
    if (!name) continue;
    Case& c = found[name->name];
    c.id = name->name;
    c.channels.resize(channels.size());
    place_image(file, name->number, channels, c, problems);
  }
  for (const auto& [id, c] : found)
    for (std::size_t k = 0; k < c.channels.size(); ++k)
      if (c.channels[k].empty())
        problems.push_back({id, "",
                            fmt::format("has no file {}_{:04} (channel '{}')", id,
                                        channels[k].number, channels[k].name)});
  return found;
}

}  // namespace seg
