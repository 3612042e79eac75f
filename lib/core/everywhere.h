#pragma once
// SEG_EVERYWHERE: a function for the processor and, in a .cu file, for a GPU too.
#ifdef __CUDACC__
#define SEG_EVERYWHERE __host__ __device__ inline
#else
#define SEG_EVERYWHERE inline
#endif
