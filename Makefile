# The short verbs. Options of the build: make build CUDA=1, make build CMAKE_FLAGS="-DSEG_CUDA=OFF"
BUILD ?= build
CMAKE_FLAGS ?=
# A file that includes Torch needs about 1.5 GB of memory to compile.
JOBS ?= $(shell awk -v cores=$$(nproc) '/MemAvailable/ { jobs = int($$2 / 1572864); \
  print jobs < 1 ? 1 : jobs < cores ? jobs : cores }' /proc/meminfo)
# CUDA=0: without; CUDA=1: with CUDA or not at all, for every GPU, or for those of ARCH, e.g.
# ARCH=90 or ARCH="80 90".
CUDA ?=
ARCH ?= all
empty :=
with_cuda = $(filter-out 0,$(CUDA))
architectures = $(if $(with_cuda),$(subst $(empty) ,;,$(ARCH)))
cuda_flags = -DSEG_CUDA=$(if $(with_cuda),ON,$(if $(CUDA),OFF,AUTO)) \
  -DSEG_CUDA_ARCHITECTURES="$(architectures)"

help:
	@echo "make setup   finds or installs the dependencies (third_party/setup.sh)"
	@echo "make build   setup, then the programs in $(BUILD)/bin"
	@echo "make demo    the programs built, then a synthetic data set, a short training, its DSC"
	@echo "             table and pictures, in demo/"
	@echo "make test    build, then every test but the slow ones; make test-slow runs those"
	@echo "make test-processors  the tests of kernels and networks as on processors without AMX,"
	@echo "             AVX-512 or AVX2, as far as this one has them"
	@echo "make test-speed  whether every kernel gains by its instruction set, on a quiet machine"
	@echo "make torture  runs stopped at every boundary, killed 200 times, starved, disturbed"
	@echo "make torture-convolution  our convolutions of 10,000 random shapes against float64"
	@echo "make lint    format, line lengths, clang-tidy on what differs from main, shellcheck, ruff"
	@echo "make format  writes C++, CUDA and Python as lint wants them"
	@echo "make sanitize  the tests under ASan and UBSan, the loader's under TSan"
	@echo "make fuzz    hostile files for 10 minutes a target (TARGETS, FUZZ_SECONDS), by Clang"
	@echo "make bench   build, then the benchmarks, one JSON line per figure"
	@echo "             (tests/bench/peers times other libraries at the same work)"
	@echo "make pictures  build, then draws the README's pictures anew from phantoms"
	@echo "make bundle  build, then the programs in a folder that runs on another machine with"
	@echo "             LibTorch, in $(BUILD)/bundle"
	@echo "make gpu-check  bundle with CUDA, then everything about the GPU checked and timed on this"
	@echo "             machine, under 9 minutes"
	@echo "CUDA=1       with setup, build or bundle: the CUDA code too, also where there is no GPU;"
	@echo "             ARCH=90 builds for that GPU only"
	@echo "make clean   removes the build folders and demo/ (third_party/venv stays)"

setup:
	@$(if $(with_cuda),SEG_CUDA=ON )third_party/setup.sh

configure: setup
	@echo "build: configuring ($(BUILD)/configure.log)"
	@mkdir -p $(BUILD)
	@cmake -S . -B $(BUILD) -G Ninja $(cuda_flags) $(CMAKE_FLAGS) > $(BUILD)/configure.log 2>&1 || \
	  { cat $(BUILD)/configure.log; exit 1; }
	@grep -E "LibTorch|CUDA:" $(BUILD)/configure.log

build: configure
	ninja -C $(BUILD) -j $(JOBS)

# Without the tests, which take most of a clean build.
programs: configure
	ninja -C $(BUILD) -j $(JOBS) programs

demo: programs
	@[ -e demo/data/dataset.json ] || \
	  $(BUILD)/bin/segphantom amos --cases 20 --seed 1 --out demo/data
	@$(BUILD)/bin/segtrain --config configs/demo.yaml

test: build
	@$(BUILD)/bin/segtests

# Then the bodies of the tests for a GPU, on the processor: without one nothing else runs them.
test-slow: build
	@$(BUILD)/bin/segtests "[slow]"
	@SEG_TEST_DEVICE=cpu $(BUILD)/bin/segtests "[cuda]"

# The kernels that gain little are told apart from the portable ones on a quiet machine only.
test-speed: build
	@$(BUILD)/bin/segtests "[speed]"

test-processors: build
	@tests/processors.sh $(BUILD)/bin/segtests

# KILLS=20 for a shorter one. Full disks need root: they are small tmpfs.
KILLS = 200
torture: build
	@$(BUILD)/bin/segtests "[torture]"
	@python3 tests/torture/torture.py $(BUILD)/bin --kills $(KILLS)

torture-convolution: build
	@$(BUILD)/bin/segtests "[torture-convolution]"

# CHANGED="lib/core/files.cpp ..." names what clang-tidy looks at, ALL=1 has it look at everything.
# It reads how each file alone is compiled: a configuration of its own, of which nothing is built.
lint: setup
	@SEG_LINT=ON third_party/setup.sh
	@cmake -S . -B $(BUILD)-lint -G Ninja $(cuda_flags) -DSEG_UNITY=OFF > /dev/null
	@BUILD=$(BUILD)-lint JOBS=$(JOBS) CHANGED="$(CHANGED)" ALL=$(ALL) \
	  tests/lint/lint.sh format lines commas shell python tidy

format-check:
	@SEG_LINT=FORMAT third_party/setup.sh
	@tests/lint/lint.sh format

format:
	@SEG_LINT=FORMAT third_party/setup.sh
	@tests/lint/lint.sh write

# FOLDERS="core thread": these folders of tests/ only; thread stands for the loader under TSan.
sanitize: setup
	@JOBS=$(JOBS) tests/sanitizers/sanitize.sh $(BUILD) $(FOLDERS)

# TARGETS="yaml data": these of tests/fuzz/ only. FUZZ_SECONDS=60: so long each.
fuzz: setup
	@SEG_FUZZ=ON third_party/setup.sh
	@JOBS=$(JOBS) tests/fuzz/fuzz.sh $(BUILD) $(TARGETS)

bench: build
	@for model in unet vnet unetr deeplabv3; do $(BUILD)/bin/segbench step --model $$model; done
	@$(BUILD)/bin/segbench predict
	@$(BUILD)/bin/segbench loss
	@$(BUILD)/bin/segbench metrics
	@for map in uniform adaptive dwce; do $(BUILD)/bin/segbench contour --map $$map; done

# A training patch with its labels and the contour of each mode (loss.contour.mode).
picture_of = $(BUILD)/bin/segprep preview --config configs/demo.yaml --patches 1 \
  --set data.root=$(BUILD)/pictures/data --set prep.cache=$(BUILD)/pictures/cache \
  --set 'data.split={train: 1}' --set prep.spacing=[3,3,3] --set training.patch=[64,208,320] \
  --set augmentation.rotation_probability=0 --set loss.contour.iterations=6
pictures: build
	@rm -rf $(BUILD)/pictures && mkdir -p pictures
	@$(BUILD)/bin/segphantom amos --cases 1 --seed 9 --size 60 200 260 --out $(BUILD)/pictures/data
	@for mode in uniform adaptive; do \
	  $(picture_of) --set loss.contour.mode=$$mode --out pictures/$$mode.png || exit 1; done

bundle: build
	@third_party/bundle.sh $(BUILD)

gpu-check: CUDA = 1
gpu-check: bundle
	@$(BUILD)/bundle/gpu-check $(CHECK_FLAGS)

clean:
	rm -rf $(BUILD) $(BUILD)-lint $(BUILD)-sanitize $(BUILD)-thread $(BUILD)-fuzz demo

.PHONY: help setup configure build programs demo test test-slow test-speed test-processors torture \
  torture-convolution lint format format-check sanitize fuzz bench pictures bundle gpu-check clean
