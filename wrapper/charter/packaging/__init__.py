"""From a model's folder to an image, and what runs in one."""
