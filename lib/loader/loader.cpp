#include "loader/loader.h"

#include "core/error.h"
#include "core/parallel.h"

#include <omp.h>
#include <torch/types.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

namespace seg {
namespace {

struct Place {
  std::size_t which;
  std::int64_t start;  // first slice, with sampling: slices
};

// The patches side by side, in page-locked memory if `pinned`, where no further copy is made of
// them.
torch::Tensor stacked(const std::vector<torch::Tensor>& parts, bool pinned) {
  std::vector<std::int64_t> shape = {static_cast<std::int64_t>(parts.size())};
  for (const std::int64_t n : parts[0].sizes()) shape.push_back(n);
  torch::Tensor whole = torch::empty(shape, parts[0].options().pinned_memory(pinned));
  for (std::size_t i = 0; i < parts.size(); ++i)
    whole[static_cast<std::int64_t>(i)].copy_(parts[i]);
  return whole;
}

}  // namespace

struct Loader::State {
  Config config;
  Augmenter augmenter;
  std::function<PreparedCase(std::size_t)> open;
  bool pinned;
  std::int64_t threads;
  Dhw<std::int64_t> size;
  std::vector<Place>
      places;  // every patch of an epoch, but for random sampling, where each case is one place
  std::int64_t samples = 0;  // per epoch

  std::vector<std::string> ids;  // of the cases
  std::vector<torch::Tensor> foreground;
  std::vector<std::once_flag> foreground_once;

  std::mutex mutex;
  std::condition_variable room, filled;
  std::vector<std::jthread> workers;
  std::map<std::int64_t, Batch> ready;
  std::map<std::int64_t, std::exception_ptr> failed;
  std::vector<std::int64_t> order;
  std::int64_t epoch = 0, next_to_make = 0, next_to_give = 0;
  bool stop = false;

  State(const Config& c, const std::vector<std::string>& classes, std::size_t cases,
        std::function<PreparedCase(std::size_t)> open_case, bool pin)
      : config(c),
        augmenter(c.augmentation, classes, seed()),
        open(std::move(open_case)),
        pinned(pin),
        threads(loader_threads(c.data, pin, available_cores())),
        foreground(cases),
        foreground_once(cases) {
    size = dhw_of(config.training.patch);
    if (cases == 0) fail_data("there is no case to train on; check data.split");
    for (std::size_t i = 0; i < cases; ++i) add_places(i);
    samples = static_cast<std::int64_t>(places.size());
    if (config.data.sampling == Sampling::random)
      samples = (config.training.steps_per_epoch > 0 ? config.training.steps_per_epoch : samples) *
                config.training.batch_size;
  }
  ~State() { halt(); }

  void add_places(std::size_t i) {
    const PreparedCase c = open(i);
    ids.push_back(c.id);
    if (!c.label.defined()) fail_data("case {}: has no label, so it cannot be trained on", c.id);
    require_whole(c);
    if (config.data.sampling == Sampling::slices) {
      for (const std::int64_t start : slice_starts(c.size(0), size[0], config.data.slice_overlap))
        places.push_back({i, start});
      return;
    }
    places.push_back({i, 0});
  }

  // Crops of slices, and whole volumes, leave nothing out.
  void require_whole(const PreparedCase& c) const {
    if (config.data.sampling == Sampling::random) return;
    for (int d = config.data.sampling == Sampling::slices ? 1 : 0; d < 3; ++d)
      if (c.size(d) > size[d])
        fail_config(
            "data.sampling: {} takes all of a volume, but case {} is {} x {} x {} voxels and "
            "training.patch [{}, {}, {}]; enlarge the "
            "patch, set prep.crop.size, or set data.sampling: random",
            word_of(config.data.sampling), c.id, c.size(0), c.size(1), c.size(2), size[0], size[1],
            size[2]);
  }

  std::int64_t steps() const {
    return (samples + config.training.batch_size - 1) / config.training.batch_size;
  }
  std::int64_t ahead() const {
    return std::max(config.data.prefetch, threads);
  }  // else some threads would never have work
  std::uint64_t seed() const { return static_cast<std::uint64_t>(config.training.seed); }

  // Sample `s` of the epoch: a permutation of the places, over and over where random sampling asks
  // for more.
  std::size_t place_of(std::int64_t s) const {
    const auto count = static_cast<std::int64_t>(places.size());
    if (s < count) return static_cast<std::size_t>(order[static_cast<std::size_t>(s)]);
    const auto again = Random(seed(), static_cast<std::uint64_t>(epoch),
                              static_cast<std::uint64_t>(s / count), Purpose::order)
                           .permutation(count);
    return static_cast<std::size_t>(again[static_cast<std::size_t>(s % count)]);
  }

  Patch sample(std::int64_t s, std::string& id) {
    const Place& place = places[place_of(s)];
    id = ids[place.which];
    const PreparedCase c = open(place.which);
    Patch patch;
    if (config.data.sampling == Sampling::random) {
      std::call_once(foreground_once[place.which],
                     [&] { foreground[place.which] = foreground_voxels(c.label); });
      Random random(seed(), static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(s),
                    Purpose::patch);
      patch = random_patch(c, foreground[place.which], size, config.data.foreground_share, random);
    } else {
      const auto middle = [&](int d) {
        return std::max<std::int64_t>(0, (c.size(d) - size[d]) / 2);
      };
      patch = cut_patch(c,
                        {config.data.sampling == Sampling::slices ? place.start : middle(0),
                         middle(1), middle(2)},
                        size);
    }
    return patch;
  }

  Batch make(std::int64_t step) {
    Batch batch;
    std::vector<torch::Tensor> images, labels;
    std::string id = "?";
    try {
      for (std::int64_t s = step * config.training.batch_size;
           s < std::min(samples, (step + 1) * config.training.batch_size); ++s) {
        Patch patch = sample(s, id);
        const Augmentation drawn =
            augmenter.draw(static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(s));
        if (config.augmentation.device == AugmentationDevice::cpu)
          patch = augment(patch, drawn);
        else
          batch.to_apply.push_back(drawn);
        images.push_back(patch.image);
        labels.push_back(patch.label);
        batch.ids.push_back(id);
      }
    } catch (const Error& e) {
      const std::string what = e.what();
      throw Error(e.kind(),
                  what.find(id) == std::string::npos ? fmt::format("case {}: {}", id, what) : what);
    } catch (const std::exception& e) {
      fail("case {}: the batch could not be made ({})", id,
           std::string(e.what()).substr(0, std::string(e.what()).find('\n')));
    }
    batch.image = stacked(images, pinned);
    batch.label = stacked(labels, pinned);
    return batch;
  }

  void work() {
    omp_set_num_threads(
        1);  // of this thread alone: Torch's own setter would reach the training thread
    std::unique_lock lock(mutex);
    for (;;) {
      room.wait(lock, [&] {
        return stop || (next_to_make < steps() && next_to_make < next_to_give + ahead());
      });
      if (stop) return;
      const std::int64_t step = next_to_make++;
      lock.unlock();
      std::exception_ptr error;
      Batch batch;
      try {
        batch = make(step);
      } catch (...) {
        error = std::current_exception();
      }
      lock.lock();
      if (error)
        failed[step] = error;
      else
        ready[step] = std::move(batch);
      filled.notify_all();
    }
  }

  void halt() {
    {
      std::lock_guard lock(mutex);
      stop = true;
    }
    room.notify_all();
    workers.clear();
    ready.clear();
    failed.clear();
    stop = false;
  }
};

std::int64_t loader_threads(const DataConfig& config, bool for_gpu, int cores) {
  if (config.workers > 0) return config.workers;
  return for_gpu ? std::clamp(cores - 1, 1, 16) : std::min(cores, 8);
}

std::string loader_text(const Config& config, std::int64_t channels, std::int64_t threads) {
  if (config.augmentation.device == AugmentationDevice::cuda)
    return fmt::format("The loader's {} threads cut the patches, the GPU augments them.\n",
                       threads);
  const auto& p = config.training.patch;
  const double seconds =
      0.035 * static_cast<double>(channels * p[0] * p[1] * p[2]) / (64.0 * 256 * 256);
  const double rate = static_cast<double>(threads) / seconds;
  return fmt::format(
      "The loader's {} threads make about {:.3g} patches per second (an estimate: {:.2g} s of a "
      "thread for each of {} x {} x {} x {}); a "
      "GPU that needs less than {:.2g} s for one will wait for them, and augmentation.device: cuda "
      "spares them.\n",
      threads, rate, seconds, channels, p[0], p[1], p[2], 1 / rate);
}

Loader::Loader(const Config& config, const std::vector<std::string>& classes, std::size_t cases,
               std::function<PreparedCase(std::size_t)> open, bool pinned)
    : state_(std::make_unique<State>(config, classes, cases, std::move(open), pinned)) {}
Loader::~Loader() = default;
Loader::Loader(Loader&&) noexcept = default;

std::int64_t Loader::steps_per_epoch() const { return state_->steps(); }

void Loader::start(std::int64_t epoch, std::int64_t first_step) {
  State& s = *state_;
  s.halt();
  s.epoch = epoch;
  s.next_to_make = s.next_to_give = first_step;
  s.order = Random(s.seed(), static_cast<std::uint64_t>(epoch), 0, Purpose::order)
                .permutation(static_cast<std::int64_t>(s.places.size()));
  for (std::int64_t i = 0; i < s.threads; ++i) s.workers.emplace_back([&s] { s.work(); });
}

std::optional<Batch> Loader::next() {
  State& s = *state_;
  std::unique_lock lock(s.mutex);
  const std::int64_t step = s.next_to_give;
  if (step >= s.steps()) return std::nullopt;
  s.filled.wait(lock, [&] { return s.ready.contains(step) || s.failed.contains(step); });
  if (s.failed.contains(step)) std::rethrow_exception(s.failed[step]);
  Batch batch = std::move(s.ready[step]);
  s.ready.erase(step);
  ++s.next_to_give;
  s.room.notify_all();
  return batch;
}

Loader make_loader(const Config& config, const std::vector<std::string>& classes,
                   const Cache& cache, const std::vector<Case>& cases, bool pinned) {
  return Loader(
      config, classes, cases.size(),
      [&cache, cases](std::size_t i) { return cache.open(cases[i], CropFor::training); }, pinned);
}

}  // namespace seg
