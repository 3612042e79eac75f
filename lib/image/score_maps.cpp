#include "image/score_maps.h"

#include "core/error.h"
#include "core/files.h"
#include "core/parallel.h"
#include "core/signals.h"
#include "core/text.h"
#include "image/nifti.h"
#include "image/output_file.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <set>

namespace seg {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t chunk_bytes = 32 << 20;
constexpr std::int64_t slices_at_once = 32;  // a cache line of voxels along the file's x

NiftiHead head_like(const fs::path& source, ScoreFiles files, std::size_t classes) {
  NiftiContent content;
  content.meaning = NiftiContent::Meaning::probabilities;
  content.type = VoxelType::uint16;
  content.slope = 1 / score_steps;
  content.most = 1;
  content.maps = files == ScoreFiles::four_d ? static_cast<std::int64_t>(classes) : 0;
  return nifti_head_like(source, content);
}

Dhw<std::int64_t> canonical_size(const Xyz<std::int64_t>& size, const Orientation& o) {
  Xyz<std::int64_t> out{};
  for (std::size_t a = 0; a < 3; ++a) out[a] = size[static_cast<std::size_t>(o.source[a])];
  return to_dhw(out);
}

// Where the voxels of some of the file's slices lie: along a canonical axis those from begin to end
// are there, and voxel i is `first + i step` from the chunk's beginning.
struct ChunkAxis {
  std::int64_t begin, end, first, step;
};
using Chunk = std::array<ChunkAxis, 3>;  // axes x, y, z

Chunk chunk_of(const Xyz<std::int64_t>& size, const Orientation& o, std::int64_t from,
               std::int64_t to) {
  const Xyz<std::int64_t> step = {1, size[0], size[0] * size[1]};
  Chunk chunk{};
  for (std::size_t a = 0; a < 3; ++a) {
    const auto in_file = static_cast<std::size_t>(o.source[a]);
    const std::int64_t low = in_file == 2 ? from : 0, high = in_file == 2 ? to : size[in_file];
    const std::int64_t last = size[in_file] - 1;
    chunk[a] = o.flipped[a] ? ChunkAxis{last + 1 - high, last + 1 - low,
                                        (last - low) * step[in_file], -step[in_file]}
                            : ChunkAxis{low, high, -low * step[in_file], step[in_file]};
  }
  return chunk;
}

// Turns a block of `in`, [z, y, x], into the file's order, the file's x innermost whichever axis
// that is: along any other every voxel would be on another page.
void turn_block(const std::vector<std::uint16_t>& in, const Chunk& block, std::int64_t width,
                std::vector<std::uint16_t>& out) {
  const auto& [x, y, z] = block;
  struct Loop {
    ChunkAxis axis;
    std::int64_t step_in;
  };
  std::array<Loop, 3> loops = {Loop{x, 1}, {y, width}, {z, (y.end - y.begin) * width}};
  const std::int64_t to = x.first + y.first + z.first;
  const std::int64_t from = -y.begin * loops[1].step_in - z.begin * loops[2].step_in;
  std::sort(loops.begin(), loops.end(), [](const Loop& a, const Loop& b) {
    return std::abs(a.axis.step) > std::abs(b.axis.step);
  });
  const auto& [outer, middle, inner] = loops;
  for (std::int64_t i = outer.axis.begin; i < outer.axis.end; ++i)
    for (std::int64_t j = middle.axis.begin; j < middle.axis.end; ++j) {
      const std::int64_t at_in = from + i * outer.step_in + j * middle.step_in,
                         at_out = to + i * outer.axis.step + j * middle.axis.step;
      for (std::int64_t k = inner.axis.begin; k < inner.axis.end; ++k)
        out[static_cast<std::size_t>(at_out + k * inner.axis.step)] =
            in[static_cast<std::size_t>(at_in + k * inner.step_in)];
    }
}

// Some slices of one class as the file has them.
void read_chunk(const ScoreStore& store, std::int64_t of_class, const Chunk& chunk,
                std::int64_t width, bool swapped, std::vector<std::uint16_t>& out) {
  const auto& [x, y, z] = chunk;
  const std::int64_t rows = y.end - y.begin;
  std::vector<std::uint16_t> slices;
  Chunk block = chunk;
  for (block[2].begin = z.begin; block[2].begin < z.end; block[2].begin = block[2].end) {
    block[2].end = std::min(block[2].begin + slices_at_once, z.end);
    slices.resize(static_cast<std::size_t>((block[2].end - block[2].begin) * rows * width));
    for (std::int64_t k = block[2].begin; k < block[2].end; ++k)
      store.read(of_class, k, y.begin, rows, slices.data() + (k - block[2].begin) * rows * width);
    if (swapped)
      for (std::uint16_t& v : slices) v = static_cast<std::uint16_t>(v << 8 | v >> 8);
    turn_block(slices, block, width, out);
  }
}

std::string file_name_of(std::string name) {
  constexpr std::size_t most_bytes = 200;  // of 255 that file systems take
  const bool text = is_utf8(name);
  for (char& c : name) {
    const auto byte = static_cast<unsigned char>(c);
    const bool odd = byte <= ' ' || byte == 0x7f || std::strchr("/\\:*?\"<>|", c);
    if (odd || (byte >= 0x80 && !text)) c = '_';
  }
  if (name.size() > most_bytes) {
    std::size_t end = most_bytes;
    while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xc0) == 0x80) --end;
    name.resize(end);
  }
  if (name.empty() || name[0] == '.' || name[0] == '-') name.insert(0, "_");
  return name;
}

}  // namespace

fs::path score_place(const fs::path& stem, ScoreFiles files) {
  return files == ScoreFiles::per_class ? stem : fs::path(stem.string() + ".nii.gz");
}

std::vector<std::string> score_file_names(const std::vector<std::string>& classes) {
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (const std::string& name : classes) {
    names.push_back(file_name_of(name));
    seen.insert(lower(names.back()));
  }
  if (seen.size() < names.size())
    for (std::size_t c = 0; c < names.size(); ++c) names[c].insert(0, std::to_string(c) + "_");
  return names;
}

ScoreMaps::ScoreMaps(const fs::path& stem, ScoreFiles files,
                     const std::vector<std::string>& classes, const fs::path& source, int threads)
    : place_(score_place(stem, files)),
      files_(files),
      names_(score_file_names(classes)),
      head_(head_like(source, files, classes.size())),
      orientation_(canonical_orientation(read_geometry(source))),
      threads_(threads),
      store_(stem.parent_path(), place_.string(), static_cast<std::int64_t>(classes.size()),
             canonical_size(head_.size, orientation_), threads) {}

void ScoreMaps::write(const fs::path& path, std::int64_t first_class, std::int64_t count) const {
  OutputFile file(path, place_.string());
  file.write(head_.bytes);
  const std::int64_t slice = head_.size[0] * head_.size[1], slices = head_.size[2];
  const std::int64_t most = std::max<std::int64_t>(1, chunk_bytes / 2 / slice);
  std::vector<std::uint16_t> voxels;
  const std::int64_t width = head_.size[static_cast<std::size_t>(orientation_.source[0])];
  for (std::int64_t c = first_class; c < first_class + count; ++c)
    for (std::int64_t from = 0; from < slices; from += most) {
      throw_if_stopped();
      const std::int64_t to = std::min(from + most, slices);
      voxels.resize(static_cast<std::size_t>((to - from) * slice));
      read_chunk(store_, c, chunk_of(head_.size, orientation_, from, to), width, head_.swapped,
                 voxels);
      file.write({reinterpret_cast<const char*>(voxels.data()), voxels.size() * 2});
    }
  file.close();
}

void ScoreMaps::finish() {
  if (!store_.complete())
    fail("{}: not every voxel has its probabilities; predict the case again", place_.string());
  if (files_ == ScoreFiles::four_d)
    return write_beside(place_, [&](const fs::path& file) { write(file, 0, store_.classes()); });
  write_folder(place_, [&](const fs::path& folder) {
    parallel_for(store_.classes(), threads_, [&](std::int64_t c) {
      write(folder / (names_[static_cast<std::size_t>(c)] + ".nii.gz"), c, 1);
    });
  });
}

}  // namespace seg
