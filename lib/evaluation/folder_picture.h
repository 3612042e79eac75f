#pragma once
// Pictures of cases from folders.
#include "evaluation/evaluate_folders.h"

#include <map>

namespace seg {

// SVG (report/overlay.h) of the view, with `image` behind, or black where it is empty, cannot be
// read or lies on another grid, which is warned of.
std::string overlay_on(const FolderView& view, const std::filesystem::path& image);

class FolderPictures {
 public:
  // images: a folder with a volume for each case, by its name or its name and _0000; empty: black
  // behind the contours. Throws Error(data) where there is no such folder.
  explicit FolderPictures(const std::filesystem::path& images);

  // With the case's image; one that is not there is warned of.
  std::string overlay_of(const FolderView& view) const;

 private:
  std::map<std::string, std::filesystem::path> images_;
};

// Writes pictures/CASE.svg into `folder`.
void write_overlay(const std::filesystem::path& folder, const std::string& id,
                   const std::string& svg);

}  // namespace seg
