#pragma once
// The loader's batches on the device that trains. On a GPU each is copied by a stream of its own
// while the step before is still computed, into one of two places that take turns.
#include "loader/loader.h"

namespace seg {

class Upload {
 public:
  // The loader outlives it; for a GPU its batches lie in pinned memory.
  Upload(Loader& loader, torch::Device device);
  ~Upload();
  Upload(const Upload&) = delete;
  Upload& operator=(const Upload&) = delete;

  // Loader::start.
  void start(std::int64_t epoch, std::int64_t first_step);

  // Loader::next, with image and label on the device, ready for the current stream. On a GPU they
  // are overwritten by the second call from here: what still reads them then must have been queued,
  // on the current stream, before the next call.
  std::optional<Batch> next();

 private:
  struct Places;  // on a GPU; else null
  Loader& loader_;
  std::unique_ptr<Places> places_;
};

}  // namespace seg
