import ChatGateway
import ArgumentParser
import Configuration
import Histogram
print("x")
