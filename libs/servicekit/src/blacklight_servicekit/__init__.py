"""What any of our gRPC services needs and none should write again."""
