#include "image/gunzip.h"
#include "image/nifti.h"
#include "image/volume_fault.h"
#include "image/voxels.h"

#include <torch/types.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>

namespace seg {
namespace fs = std::filesystem;
namespace {

// A file open for reading.
class File {
 public:
  explicit File(const fs::path& path)
      : name_(path.string()), fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (fd_ < 0 && errno == ENOENT)
      fail_volume(VolumeFault::missing, "{}: there is no such file", name_);
    struct stat facts {};
    if (fd_ < 0 || ::fstat(fd_, &facts) != 0)
      fail_volume(VolumeFault::missing, "{}: cannot be opened ({}); mend its rights", name_,
                  std::strerror(errno));
    if (!S_ISREG(facts.st_mode)) {
      ::close(fd_);
      fail_volume(VolumeFault::missing, "{}: is not a file; a volume is needed", name_);
    }
    size_ = facts.st_size;
  }
  ~File() { ::close(fd_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::string& name() const { return name_; }
  std::int64_t size() const { return size_; }

  // The first `count` bytes, all of which must be there, into `to`.
  void read(void* to, std::int64_t count) const {
    for (std::int64_t done = 0; done < count;) {
      const ssize_t n =
          ::pread(fd_, static_cast<char*>(to) + done, static_cast<std::size_t>(count - done), done);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0)
        fail_volume(VolumeFault::missing, "{}: cannot be read ({}); check the disk", name_,
                    n < 0 ? std::strerror(errno) : "it shrank");
      done += n;
    }
  }

 private:
  std::string name_;
  int fd_;
  std::int64_t size_ = 0;
};

constexpr std::int64_t start_bytes = 4096;     // enough of a compressed file for its header
constexpr std::int64_t most_inflation = 1032;  // no deflate stream grows more

struct Start {
  NiftiHeader header;
  bool compressed;
};

Start read_start(const File& file) {
  if (file.size() == 0) fail_volume(VolumeFault::not_nifti, "{}: the file is empty", file.name());
  std::string bytes(static_cast<std::size_t>(std::min(file.size(), start_bytes)), '\0');
  file.read(bytes.data(), static_cast<std::int64_t>(bytes.size()));
  if (bytes.starts_with("version https://git-lfs"))
    fail_volume(VolumeFault::not_nifti,
                "{}: is a Git LFS pointer, not the volume; fetch the real file with 'git lfs pull'",
                file.name());
  const Bytes raw(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  const bool compressed = is_gzip(raw);
  if (compressed) bytes = gunzip_start(raw, nifti_header_bytes);
  return {parse_nifti_header(std::string_view(bytes).substr(0, nifti_header_bytes), file.name()),
          compressed};
}

[[noreturn]] void fail_short(const File& file, const NiftiHeader& h) {
  fail_volume(
      VolumeFault::truncated,
      "{}: ends before the last of its {} x {} x {} voxels; the file is truncated, fetch it again",
      file.name(), h.size[0], h.size[1], h.size[2]);
}

[[noreturn]] void fail_long(const File& file, const NiftiHeader& h) {
  fail_volume(VolumeFault::damaged,
              "{}: goes on behind its {} x {} x {} voxels; the header or the file is damaged",
              file.name(), h.size[0], h.size[1], h.size[2]);
}

// Before anything is allocated: can a file of this length hold that many voxels?
void check_length(const File& file, const Start& start) {
  const std::int64_t needed = start.header.voxel_offset + start.header.voxel_bytes;
  if (start.compressed ? needed / most_inflation > file.size() : needed > file.size())
    fail_short(file, start.header);
  if (!start.compressed && needed < file.size()) fail_long(file, start.header);
}

void inflate_whole(const File& file, const NiftiHeader& header, torch::Tensor& content) {
  const torch::Tensor packed = torch::empty({file.size()}, torch::kUInt8);
  file.read(packed.data_ptr(), file.size());
  const Bytes in(packed.data_ptr<std::uint8_t>(), static_cast<std::size_t>(file.size()));
  switch (
      gunzip(in, {content.data_ptr<std::uint8_t>(), static_cast<std::size_t>(content.numel())})) {
    case Gunzip::complete: return;
    case Gunzip::truncated: fail_short(file, header);
    case Gunzip::longer: fail_long(file, header);
    case Gunzip::damaged:
      fail_volume(
          VolumeFault::damaged,
          "{}: its compressed data is corrupt (bad checksum or stream); fetch the file again",
          file.name());
    case Gunzip::trailing:
      fail_volume(
          VolumeFault::damaged,
          "{}: something that is not gzip follows its compressed data; fetch the file again",
          file.name());
  }
}

// The voxels as the file holds them: uint8 [voxel_bytes], the file's own byte order.
torch::Tensor read_voxel_bytes(const File& file, const Start& start) {
  check_length(file, start);
  const NiftiHeader& h = start.header;
  torch::Tensor content = torch::empty({h.voxel_offset + h.voxel_bytes}, torch::kUInt8);
  if (start.compressed)
    inflate_whole(file, h, content);
  else
    file.read(content.data_ptr(), content.numel());
  return content.narrow(0, h.voxel_offset, h.voxel_bytes);
}

}  // namespace

NiftiHeader read_header(const fs::path& path) {
  const File file(path);
  const Start start = read_start(file);
  check_length(file, start);
  return start.header;
}

Geometry read_geometry(const fs::path& path) { return read_header(path).geometry; }

Volume read_image(const fs::path& path) {
  const File file(path);
  const Start start = read_start(file);
  const Geometry& g = start.header.geometry;
  return {image_voxels(read_voxel_bytes(file, start), start.header)
              .view({1, g.size[2], g.size[1], g.size[0]}),
          g};
}

Volume read_label(const fs::path& path) {
  const File file(path);
  const Start start = read_start(file);
  const Geometry& g = start.header.geometry;
  return {label_voxels(read_voxel_bytes(file, start), start.header, file.name())
              .view({g.size[2], g.size[1], g.size[0]}),
          g};
}

}  // namespace seg
