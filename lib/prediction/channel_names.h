#pragma once
// What files are called, for the channels of a network.
#include "data/image_folder.h"
#include "run/trained_model.h"

#include <filesystem>
#include <string>
#include <vector>

namespace seg {

// A file whose name ends as a volume's.
bool is_volume(const std::filesystem::path& file);

class ChannelNames {
 public:
  explicit ChannelNames(const TrainedModel& model);

  const std::vector<NumberedChannel>& numbered() const { return numbered_; }
  const Pairs& endings() const { return endings_; }  // empty: none tell the channels apart
  bool one() const { return numbered_.size() == 1; }
  bool of_case_folders() const { return folders_; }
  bool has(int number) const;
  std::vector<std::string> names() const;

  // "NAME.nii.gz", or "NAME_0000 (T1), NAME_0001 (T2)", or "NAME_flair, NAME_t1".
  std::string expected() const;

 private:
  std::vector<NumberedChannel> numbered_;
  Pairs endings_;
  bool folders_;
};

// The case and the channel of a file by its number. Of one channel a name need not have it; a file
// with another number is another channel's only where the one with this number is there, and ID_seg
// beside ID is a label. channels outlives it.
ImageName image_names(const ChannelNames& channels);

}  // namespace seg
