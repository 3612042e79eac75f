#pragma once
// Volumes and what their names say: endings, numbers, channels.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace seg {

// How the names of volumes end.
using Endings = std::vector<std::string>;
const Endings& any_ending();  // of every format that is read

// STEM with one of the endings, where there is such a file.
std::optional<std::filesystem::path> existing(const std::filesystem::path& stem,
                                              const Endings& endings = any_ending());

// All that there are of STEM with each of the endings.
std::vector<std::filesystem::path> all_existing(const std::filesystem::path& stem,
                                                const Endings& endings = any_ending());

// The name without its ending; "" where the file is no volume, or hidden.
std::string stem_of(const std::filesystem::path& file, const Endings& endings = any_ending());

// A label value or a channel number; nothing where the text is neither.
std::optional<int> number_of(const std::string& text);

// NAME and N of NAME_000N, as nnU-Net calls the file of channel N.
struct NumberedName {
  std::string name;
  int number;
};
std::optional<NumberedName> numbered_name(const std::string& stem);

// The files of a folder in order; none where there is no such folder.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& folder);

}  // namespace seg
