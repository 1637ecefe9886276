"""A generator for other programs: as ONNX, and in the layout of Hugging Face's hub."""
