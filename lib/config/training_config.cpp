#include "config/training_config.h"

namespace seg {

void TrainingConfig::describe(Fields& fields) {
  fields.add("epochs", epochs, Affects::nothing, "Passes over the training patches.",
             within(1, 1e6));
  fields.add("batch_size", batch_size, Affects::result,
             "Patches per step; the last, smaller batch of an epoch is kept.", within(1, 65536));
  fields.add("patch", patch, Affects::result,
             "Training patch D, H, W in voxels; also the window of sliding-window inference.",
             three(within(1, 65536)));
  fields.add("learning_rate", learning_rate, Affects::result, "Adam's learning rate at the start.",
             above(0));
  fields.add("milestones", milestones, Affects::result,
             "Epochs at whose end the learning rate is multiplied by training.decay.", at_least(1));
  fields.add("decay", decay, Affects::result, "Factor of the learning rate at each milestone.",
             {0, 1, true});
  fields.add("weight_decay", weight_decay, Affects::result, "Adam's L2 penalty.", at_least(0));
  fields.add("average", average, Affects::result,
             "Decay per step of a running average of the weights, which is then what is validated, "
             "evaluated and saved; 0: the weights "
             "themselves.",
             {0, 0.99999});
  fields.add("seed", seed, Affects::result,
             "Seed of the weights, the order, the patches and the augmentation.", within(0, 1e12));
  fields.add("steps_per_epoch", steps_per_epoch, Affects::result,
             "Steps per epoch with data.sampling: random; 0: as many as there are training cases.",
             within(0, 1e9));
  fields.add("max_steps", max_steps, Affects::nothing,
             "Stop after so many steps in all, validate and write; 0: no limit.", within(0, 1e12));
  fields.add("validate_every", validate_every, Affects::result,
             "Epochs between validations; the last epoch is always validated.", at_least(1));
  fields.add(
      "checkpoint_minutes", checkpoint_minutes, Affects::nothing,
      "Minutes after which an epoch under way is saved, too, so that a run killed in it loses "
      "no more; 0: at its end alone.",
      at_least(0));
  fields.add("precision", precision, Affects::result,
             "Arithmetic of the network: bfloat16 under autocast or float32. auto: bfloat16 where "
             "the GPU or the CPU (AMX or AVX512_BF16) is "
             "fast at it. A CPU without AVX-512 always computes in float32.");
  fields.add("memory_format", memory_format, Affects::result,
             "Memory order of activations. auto: channels_last.");
  fields.add("convolution", convolution, Affects::result,
             "On a CPU, in training and evaluation. auto: our own convolutions where they are "
             "faster, which differ from the library's by rounding (about 1e-6 in float32). "
             "exact: the library's alone, by the definition.");
  fields.add("tf32", tf32, Affects::result,
             "On a GPU, float32 convolutions and products round their factors to TF32 (10 bits of "
             "mantissa): faster, less exact.");
  fields.add("deterministic", deterministic, Affects::result,
             "On a GPU, the same run gives the same numbers bit by bit; slower. false: cuDNN times "
             "its algorithms and takes the fastest.");
}

void InferenceConfig::describe(Fields& fields) {
  fields.add("overlap", overlap, Affects::result,
             "Share of the window that neighbouring windows have in common.", {0, 0.95});
  fields.add("importance", importance, Affects::result,
             "Weight of a voxel by its place in the window: gaussian (sigma = 1/8 of the window) "
             "or uniform.");
  fields.add(
      "flip", flip, Affects::result,
      "Mean of the logits of a window and of its mirror images along both axes of a slice "
      "(in_plane: those that training flips; 4 passes of the network), or along all three "
      "(8). Where augmentation.swap_labels names pairs, a left-right mirror exchanges them.");
  fields.add("windows", windows, Affects::nothing,
             "Windows that the network is given at once, of those along a row of them.",
             within(1, 64));
  fields.add("skip_empty", skip_empty, Affects::nothing,
             "Windows that hold nothing but the image's lowest value, outside a body of clipped or "
             "masked images, are given to the network once; the same labels, in less time.");
}

void EvaluationConfig::describe(Fields& fields) {
  fields.add("regions", regions, Affects::result,
             "Unions of classes that are evaluated by name, e.g. {WT: [NTC, ED, ET]}; they select "
             "the model. Empty: each class by itself.");
}

void AugmentationConfig::describe(Fields& fields) {
  fields.add("rotation_probability", rotation_probability, Affects::result,
             "Share of patches rotated about the axial axis.", within(0, 1));
  fields.add("rotation_degrees", rotation_degrees, Affects::result,
             "Largest angle; the angle is uniform in [0, this], its sign random.", within(0, 180));
  fields.add("flip_probability", flip_probability, Affects::result,
             "Share of patches flipped along one of the in-plane axes, at random.", within(0, 1));
  fields.add("swap_labels", swap_labels, Affects::result,
             "Classes that a left-right flip exchanges, as pairs of names, e.g. {right kidney: "
             "left kidney}: a mirrored organ is the other "
             "side's.");
  const auto share = [&](const std::string& name, double& member, const std::string& what) {
    fields.add(name + "_probability", member, Affects::result, "Share of patches " + what,
               within(0, 1));
  };
  const auto range = [&](const std::string& name, std::vector<double>& member,
                         const std::string& what, double highest) {
    Rule rule{0, highest, true};
    rule.lengths = {2};
    fields.add(name, member, Affects::result, what, rule);
  };
  share("scaling", scaling_probability, "enlarged or shrunk about their centre.");
  range("scaling", scaling, "Lowest and highest factor of the size; its logarithm is uniform.", 10);
  share("elastic", elastic_probability, "bent by a smooth random displacement.");
  fields.add("elastic_magnitude", elastic_magnitude, Affects::result,
             "Standard deviation, in voxels and per axis, of the displacements at the control "
             "points of a cubic B-spline.",
             {0, 1000, true});
  fields.add("elastic_spacing", elastic_spacing, Affects::result,
             "Voxels from one control point to the next.", within(2, 65536));
  share("noise", noise_probability, "with Gaussian noise.");
  fields.add("noise", noise, Affects::result,
             "Largest standard deviation of the noise, in those of the normalised image; uniform "
             "in [0, this].",
             above(0));
  share("blur", blur_probability, "smoothed by a Gaussian.");
  range("blur", blur, "Lowest and highest standard deviation of the Gaussian in voxels.", 10);
  share("brightness", brightness_probability, "whose values are multiplied by a factor.");
  range("brightness", brightness, "Lowest and highest factor.", 10);
  share("contrast", contrast_probability,
        "whose values are spread about each channel's mean, within its minimum and maximum.");
  range("contrast", contrast, "Lowest and highest factor.", 10);
  share("low_resolution", low_resolution_probability,
        "sampled coarsely (nearest voxel) and brought back (linearly).");
  range("low_resolution", low_resolution,
        "Lowest and highest share of the voxels kept along each axis.", 1);
  share("gamma", gamma_probability,
        "raised to a power between each channel's minimum and maximum; mean and standard deviation "
        "stay.");
  range("gamma", gamma, "Lowest and highest exponent.", 10);
  fields.add("device", device, Affects::result,
             "Where patches are augmented: in the loader's threads (cpu), or by the GPU that "
             "trains, after the batch was copied (cuda).");
}

}  // namespace seg
