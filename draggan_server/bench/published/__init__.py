"""What DragGAN and FreeDrag published: the step written straightforwardly, and their figures."""
