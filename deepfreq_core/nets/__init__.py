"""Networks that hand out the output of every hidden layer."""
