#include "image/score_store.h"

#include "core/error.h"
#include "core/parallel.h"

#include <torch/types.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace seg {
namespace {

constexpr std::int64_t bytes_a_score = sizeof(std::uint16_t);
constexpr std::int64_t worth_threads = 1 << 17;  // scores

std::uint16_t quantised(float p) {
  if (!(p > 0)) return 0;  // NaN, too
  return static_cast<std::uint16_t>(std::min(p, 1.0f) * static_cast<float>(score_steps) + 0.5f);
}

// A row [W, M] of scores to the rows of W that begin `apart` from class to class.
void quantise_row(const float* from, std::int64_t width, std::int64_t x_step, std::int64_t classes,
                  std::int64_t class_step, std::uint16_t* to, std::int64_t apart) {
  if (class_step == 1)
    for (std::int64_t x = 0; x < width; ++x)
      for (std::int64_t m = 0; m < classes; ++m)
        to[m * apart + x] = quantised(from[x * x_step + m]);
  else
    for (std::int64_t m = 0; m < classes; ++m)
      for (std::int64_t x = 0; x < width; ++x)
        to[m * apart + x] = quantised(from[x * x_step + m * class_step]);
}

}  // namespace

ScoreStore::ScoreStore(const std::filesystem::path& folder, std::string shown, std::int64_t classes,
                       const Dhw<std::int64_t>& size, int threads)
    : shown_(std::move(shown)), classes_(classes), size_(size), threads_(threads) {
  // As a temporary of core/files.h, should the process end between the two calls.
  std::string name = ((folder.empty() ? "." : folder) / ".part-XXXXXX").string();
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0 || ::unlink(name.c_str()) != 0 ||
      ::ftruncate(descriptor_, place_of(classes_, 0, 0)) != 0) {
    const int error = errno;
    if (descriptor_ >= 0) ::close(descriptor_);
    fail("{}: cannot be written ({}); check the folder's rights and free space", shown_,
         std::strerror(error));
  }
}

ScoreStore::~ScoreStore() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::int64_t ScoreStore::place_of(std::int64_t of_class, std::int64_t z, std::int64_t y) const {
  return ((of_class * size_[0] + z) * size_[1] + y) * size_[2] * bytes_a_score;
}

void ScoreStore::put(std::int64_t z, std::int64_t y, const torch::Tensor& probabilities) {
  const torch::Tensor in = probabilities.to(torch::kCPU, torch::kFloat32);
  if (in.dim() != 4 || z < 0 || y < 0 || z + in.size(0) > size_[0] || y + in.size(1) > size_[1] ||
      in.size(2) != size_[2] || in.size(3) != classes_)
    fail("{}: a block of probabilities does not fit the volume", shown_);
  const std::int64_t n = in.size(0), rows = in.size(1), width = size_[2];
  block_.resize(static_cast<std::size_t>(in.numel()));
  const float* from = in.const_data_ptr<float>();
  const int threads = in.numel() < worth_threads ? 1 : threads_;
  parallel_for(n * rows, threads, [&](std::int64_t i) {
    const std::int64_t slice = i / rows, row = i % rows;
    quantise_row(from + slice * in.stride(0) + row * in.stride(1), width, in.stride(2), classes_,
                 in.stride(3), block_.data() + (slice * classes_ * rows + row) * width,
                 rows * width);
  });
  parallel_for(n * classes_, threads, [&](std::int64_t i) {
    write(i % classes_, z + i / classes_, y, block_.data() + i * rows * width, rows);
  });
  placed_ += n * rows * width;
}

void ScoreStore::write(std::int64_t of_class, std::int64_t z, std::int64_t y,
                       const std::uint16_t* values, std::int64_t rows) const {
  const std::int64_t count = rows * size_[2];
  if (std::all_of(values, values + count, [](std::uint16_t v) { return v == 0; })) return;
  const auto* bytes = reinterpret_cast<const char*>(values);
  for (std::int64_t done = 0; done < count * bytes_a_score;) {
    const ssize_t n =
        ::pwrite(descriptor_, bytes + done, static_cast<std::size_t>(count * bytes_a_score - done),
                 place_of(of_class, z, y) + done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0)
      fail("{}: cannot be written ({}); check the folder's rights and free space", shown_,
           std::strerror(errno));
    done += n;
  }
}

void ScoreStore::read(std::int64_t of_class, std::int64_t z, std::int64_t y, std::int64_t rows,
                      std::uint16_t* to) const {
  const std::int64_t count = rows * size_[2] * bytes_a_score;
  for (std::int64_t done = 0; done < count;) {
    const ssize_t n =
        ::pread(descriptor_, reinterpret_cast<char*>(to) + done,
                static_cast<std::size_t>(count - done), place_of(of_class, z, y) + done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) fail("{}: cannot be read back ({}); check the disk", shown_, std::strerror(errno));
    done += n;
  }
}

}  // namespace seg
