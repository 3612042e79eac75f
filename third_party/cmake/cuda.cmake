# Decides whether the CUDA code is built (SEG_CUDA), finds the compiler, and adds LibTorch's CUDA
# half to seg::torch. Sets SEG_HAS_CUDA. The compiler is SEG_NVCC or CUDACXX where one is named,
# else the first of LibTorch's CUDA release among those of the machine and the one that
# third_party/setup.sh installs.

# LibTorch's CUDA release, e.g. 13.0; empty where its files do not tell.
function(seg_torch_cuda_release result)
  set(release "")
  if(EXISTS ${TORCH_ROOT}/version.py) # of the wheel
    file(STRINGS ${TORCH_ROOT}/version.py line REGEX "^cuda.*'[0-9.]+'")
    string(REGEX MATCH "[0-9]+\\.[0-9]+" release "${line}")
  elseif(EXISTS ${TORCH_ROOT}/build-version) # of the archive: 2.11.0+cu130
    file(STRINGS ${TORCH_ROOT}/build-version line LIMIT_COUNT 1)
    if(line MATCHES "\\+cu([0-9]+)([0-9])$")
      set(release ${CMAKE_MATCH_1}.${CMAKE_MATCH_2})
    endif()
  endif()
  set(${result} "${release}" PARENT_SCOPE)
endfunction()

# The release of a CUDA compiler; empty where it is none.
function(seg_nvcc_release nvcc result)
  execute_process(COMMAND ${nvcc} --version
                  OUTPUT_VARIABLE text ERROR_QUIET RESULT_VARIABLE ignored)
  string(REGEX MATCH "release ([0-9]+\\.[0-9]+)" ignored "${text}")
  set(${result} "${CMAKE_MATCH_1}" PARENT_SCOPE)
endfunction()

# nvcc: the compiler to build with. problem: why it cannot be used, or why there is none, and what
# to do.
function(seg_find_nvcc wanted nvcc problem)
  set(candidates ${SEG_NVCC})
  if(NOT candidates)
    set(candidates $ENV{CUDACXX})
  endif()
  set(named "${candidates}")
  if(NOT named)
    find_program(on_path nvcc NO_CACHE)
    set(packages ${CMAKE_SOURCE_DIR}/third_party/venv/lib/python3*/site-packages)
    file(GLOB installed ${packages}/nvidia/cu13/bin/nvcc)
    set(candidates $ENV{CUDA_HOME}/bin/nvcc ${on_path} /usr/local/cuda/bin/nvcc
        /usr/local/cuda-${wanted}/bin/nvcc ${installed} ${TORCH_ROOT}/../nvidia/cu13/bin/nvcc)
  endif()
  set(misfit "")
  foreach(candidate ${candidates})
    seg_nvcc_release("${candidate}" release)
    if(release AND (release STREQUAL wanted OR NOT wanted))
      set(${nvcc} ${candidate} PARENT_SCOPE)
      set(${problem} "" PARENT_SCOPE)
      return()
    elseif(release AND NOT misfit)
      string(CONCAT misfit "${candidate} is of CUDA release ${release} and LibTorch in "
             "${TORCH_ROOT} was built with ${wanted}")
    endif()
  endforeach()
  if(named)
    if(NOT misfit)
      set(misfit "${named} is no CUDA compiler")
    endif()
    set(remedy "let SEG_NVCC or CUDACXX name an nvcc of release ${wanted}, or neither name one")
  else()
    if(NOT misfit)
      set(misfit "no CUDA compiler was found")
    endif()
    set(remedy "run 'make setup CUDA=1', which installs nvcc ${wanted}, or let CUDACXX name one")
    file(STRINGS ${CMAKE_SOURCE_DIR}/third_party/setup.sh installs REGEX "^cuda_release=${wanted} ")
    if(NOT installs)
      set(remedy "let CUDACXX name an nvcc of release ${wanted}")
    endif()
  endif()
  set(${problem} "${misfit}: ${remedy}" PARENT_SCOPE)
endfunction()

set(SEG_HAS_CUDA OFF)
set(cuda_problem "SEG_CUDA=OFF")
if(NOT SEG_CUDA STREQUAL "OFF")
  if(EXISTS ${TORCH_ROOT}/lib/libtorch_cuda.so)
    seg_torch_cuda_release(torch_cuda)
    seg_find_nvcc("${torch_cuda}" cuda_nvcc cuda_problem)
  else()
    set(cuda_problem "LibTorch in ${TORCH_ROOT} has no CUDA: use a CUDA build of LibTorch")
  endif()
  if(NOT cuda_problem)
    set(SEG_HAS_CUDA ON)
  elseif(SEG_CUDA STREQUAL "ON")
    message(FATAL_ERROR "SEG_CUDA=ON, but ${cuda_problem}; without SEG_CUDA=ON (CUDA=1) the build "
                        "is for the CPU.")
  elseif(cuda_problem MATCHES "CUDA release")
    message(WARNING "${cuda_problem}. This build is for the CPU only.")
  endif()
endif()

if(SEG_HAS_CUDA)
  # What LibTorch 2.11 itself is built for, and PTX for what comes after. A program for 8.6 runs on
  # 8.9 too, one for 10.0 on 10.3.
  set(every_architecture 75-real 80-real 86-real 90-real 100-real 120)
  set(CMAKE_CUDA_ARCHITECTURES ${SEG_CUDA_ARCHITECTURES})
  if(SEG_CUDA_ARCHITECTURES STREQUAL "all")
    set(CMAKE_CUDA_ARCHITECTURES ${every_architecture})
    # A quarter of the size; drivers of CUDA 13 know it.
    add_compile_options($<$<COMPILE_LANGUAGE:CUDA>:--compress-mode=size>)
  elseif(NOT SEG_CUDA_ARCHITECTURES)
    execute_process(COMMAND nvidia-smi --query-gpu=compute_cap --format=csv,noheader
                    OUTPUT_VARIABLE caps ERROR_QUIET RESULT_VARIABLE failed)
    if(failed)
      # No GPU: what runs on all of them, translated when a program starts, for a quick build.
      set(CMAKE_CUDA_ARCHITECTURES 75-virtual 80)
    else()
      string(REGEX MATCHALL "[0-9]+\\.[0-9]+" caps "${caps}")
      list(REMOVE_DUPLICATES caps)
      string(REPLACE "." "" CMAKE_CUDA_ARCHITECTURES "${caps}")
    endif()
  endif()
  set(CMAKE_CUDA_STANDARD 17) # CMake 3.25 knows no CUDA20 for nvcc 13
  set(CMAKE_CUDA_COMPILER ${cuda_nvcc})
  enable_language(CUDA)
  find_package(CUDAToolkit REQUIRED)
  target_link_libraries(seg_torch INTERFACE
    -Wl,--no-as-needed ${TORCH_ROOT}/lib/libtorch_cuda.so -Wl,--as-needed
    ${TORCH_ROOT}/lib/libc10_cuda.so CUDA::cudart)
  target_compile_definitions(seg_torch INTERFACE SEG_HAS_CUDA=1)
  message(STATUS "CUDA: ${cuda_nvcc}, architectures ${CMAKE_CUDA_ARCHITECTURES}")
else()
  message(STATUS "CUDA: not built, the programs run on the CPU only: ${cuda_problem}")
endif()
