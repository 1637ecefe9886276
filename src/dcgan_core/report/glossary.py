"""What the words and numbers of a report mean that are no metric; metrics explain themselves."""

TERMS = {
    "interval": "Where the value for ever more images would lie, nine times of ten. Two values "
    "whose intervals overlap widely are not told apart.",
    "of real": "The score as a share of what real training images reach on the same held-out "
    "images; 100 % is as good as real images.",
    "real images": "The same score of real training images, as many as there are samples: what a "
    "perfect generator would reach, not 0 and not 1.",
    "best snapshot": "The generator, of those kept during training, with the best score on "
    "validation images; final scores are measured on other images, with other latents.",
    "undecided": "Snapshots whose difference from the best is within chance.",
    "veto": "Why a snapshot cannot be the best: too many of its samples repeat each other or a "
    "training image.",
    "repeated": "Share of samples that have another sample nearer than all but one in a hundred "
    "real images have another real image.",
    "copied": "Share of samples that lie nearer to a training image than all but one in a hundred "
    "held-out images do.",
    "distance ratio": "Median distance of samples to the nearest training image, over that of "
    "held-out images; about 1 is right, far below 1 means copies.",
    "Parzen log-likelihood": "Mean log-density of held-out images where each generated image is a "
    "Gaussian blob, in nats; higher is better. It compares only at the same size, number of "
    "samples and pixel scale.",
    "standard error": "How far the mean would move with other held-out images of the same kind.",
    "sigma": "Width of the Gaussian blobs, for pixels in [0,1], chosen on validation images.",
    "nats a dimension": "The log-likelihood divided by the number of pixel values.",
    "stage key": "A hash of a stage's settings, code and inputs: equal keys mean that the same was "
    "run.",
    "Loss_D, Loss_G": "Losses of the discriminator and of the generator. They fight each other, so "
    "neither says how good the images are.",
    "gradients": "How much gradient reaches each layer; one that stays at 0 learns nothing.",
}
